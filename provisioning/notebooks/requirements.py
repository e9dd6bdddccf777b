"""Python packages as people name them. Pure."""

import re
from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

MOST_PACKAGES = 100
_BETWEEN = re.compile(r"\s+|,(?=\s*[A-Za-z])(?![^\[]*\])")
"""Spaces, and commas that part no versions (`>=1,<2`) and no extras (`[a,b]`)."""
FIRST_PACKAGES = "created"
"""The key of the work on what a server was made with: begun once."""


def checked_requirements(words: Sequence[str]) -> tuple[str, ...]:
    """All of them in their short form, each package once: the last word about it counts.

    Raises:
        UserError: if one is no package, or they are too many.
    """
    found = {name_of(each): each for each in map(checked_requirement, words)}
    if len(found) > MOST_PACKAGES:
        raise UserError(
            _("A server's list takes {most} packages. Remove some of it first.", most=MOST_PACKAGES)
        )
    return tuple(found.values())


def split_list(text: str) -> list[str]:
    """A requirements list, with commas, spaces or lines between its words; `#` begins a
    comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    words = _BETWEEN.split(" ".join(lines))
    return [word.strip(",") for word in words if word.strip(",")]


def checked_requirement(word: str) -> str:
    """Raises `UserError` for what no package index has: addresses, files, options."""
    try:
        requirement = Requirement(word)
    except InvalidRequirement:
        requirement = None
    if requirement is None or requirement.url or requirement.marker:
        raise UserError(
            _(
                "`{word}` is no package. Give names, with a version if you like, such as `polars` "
                "or `polars>=1.0`.",
                word=shortened(word),
            )
        )
    return str(requirement).replace(" ", "")


def name_of(requirement: str) -> str:
    """The package's normal name."""
    return canonicalize_name(Requirement(requirement).name)
