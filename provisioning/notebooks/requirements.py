"""Python packages as members type them. Pure."""

import re
from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

MOST_PACKAGES = 100
_BETWEEN = re.compile(r"\s+|,(?=\s*[A-Za-z])(?![^\[]*\])")
"""Spaces, and commas that are not between versions (`>=1,<2`) or extras (`[a,b]`)."""
FIRST_PACKAGES = "created"
"""The idempotency key of the installation of a new server's packages."""


def checked_requirements(words: Sequence[str]) -> tuple[str, ...]:
    """Return the packages in their short form, each once: its last occurrence counts.

    Raises:
        UserError: if a word is not a package, or there are too many.
    """
    found = {name_of(each): each for each in map(checked_requirement, words)}
    if len(found) > MOST_PACKAGES:
        raise UserError(
            _("A server can have at most {most} packages. Remove some first.", most=MOST_PACKAGES)
        )
    return tuple(found.values())


def split_list(text: str) -> list[str]:
    """Split a requirements list at commas, spaces and line ends; `#` begins a comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    words = _BETWEEN.split(" ".join(lines))
    return [word.strip(",") for word in words if word.strip(",")]


def checked_requirement(word: str) -> str:
    """Return a package in its short form.

    Raises `UserError` for what no package index has: addresses, files and options.
    """
    try:
        requirement = Requirement(word)
    except InvalidRequirement:
        requirement = None
    if requirement is None or requirement.url or requirement.marker:
        raise UserError(
            _(
                "`{word}` is not a package. Give names, with a version if you like, such as "
                "`polars` or `polars>=1.0`.",
                word=shortened(word),
            )
        )
    return str(requirement).replace(" ", "")


def name_of(requirement: str) -> str:
    """The package's normal name."""
    return canonicalize_name(Requirement(requirement).name)
