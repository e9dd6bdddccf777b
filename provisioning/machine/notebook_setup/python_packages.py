"""The packages that the server's owner has requested, in the kernels' environment.

Packages that the owner has installed by hand stay. What a kernel itself needs keeps its locked
version, so that no request keeps kernels from starting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from .errors import CommandError, SetUpError
from .files import ensure_file
from .kernel_environment import kernels_own, locked_pins, normal, run_uv
from .layout import Layout
from .logs import without_secrets
from .specification import SpecificationError
from .users import NotebookUser

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[\w.,-]+\])?"
    r"(?:(?:[<>=!~]=|[<>]|===)[\w.*+!-]+,?)*"
)
_REPORTED_LINES = 8


def set_packages(user: NotebookUser, layout: Layout, wanted: Sequence[str]) -> bool:
    """Install these requirements, and remove those that were requested before and no longer are.

    Return False if the request is the same as before. Raises `SetUpError` with the installer's
    last lines if the requirements can't be installed together.
    """
    memory = layout.base / ".packages.json"
    before = json.loads(memory.read_text(encoding="utf-8")) if memory.is_file() else []
    pins = locked_pins(layout)
    gone = {name_of(each) for each in before} - {name_of(each) for each in wanted}
    locked_again = [pins[name] for name in sorted(gone) if name in pins]
    kept = kernels_own(pins)
    try:
        _install(user, layout, [*wanted, *locked_again], kept)
        _uninstall(user, layout, sorted(gone - set(pins)))
    except CommandError as error:
        lines = without_secrets(error.detail.splitlines()[-_REPORTED_LINES:])
        raise SetUpError("\n".join(lines) or error.reason, error.detail) from None
    ensure_file(memory, json.dumps(list(wanted)))
    return bool(list(wanted) != before)


def name_of(requirement: str) -> str:
    """Return the package's normalised name. Raises `SpecificationError` for other text."""
    found = _REQUIREMENT.fullmatch(requirement)
    if found is None:
        raise SpecificationError(f"packages contains {requirement!r}, which is no requirement.")
    return normal(found["name"])


def _install(
    user: NotebookUser, layout: Layout, wanted: Sequence[str], pins: Sequence[str]
) -> None:
    if not wanted:
        return
    requirements, constraints = layout.library / "packages.txt", layout.library / "own.txt"
    ensure_file(requirements, "".join(f"{each}\n" for each in wanted))
    ensure_file(constraints, "".join(f"{each}\n" for each in pins))
    files: list[str | Path] = ["--constraint", constraints, "--requirement", requirements]
    run_uv(user, layout, "pip", "install", "--quiet", "--python", layout.python, *files)


def _uninstall(user: NotebookUser, layout: Layout, names: Sequence[str]) -> None:
    if names:
        run_uv(user, layout, "pip", "uninstall", "--quiet", "--python", layout.python, *names)
