"""Cloning a public Git repository into the work folder, as the notebook user."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .configuration import SOURCE
from .errors import CommandError, SetUpError
from .git import ensure_dulwich
from .layout import Layout
from .logs import without_secrets
from .packages import PackageManager
from .specification import SpecificationError
from .users import NotebookUser

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


def clone(
    user: NotebookUser, layout: Layout, packages: PackageManager, data: Mapping[str, Any]
) -> bool:
    """Clone the repository once; return False if the folder has it already.

    `data` has `url` (https), `name` of the folder, `package` that contains git (empty where the
    system has none), `seconds`, `bytes`, and `authorities` (PEM, or empty).

    Raises `SetUpError` with git's own reason.
    """
    url, name, package = (str(data.get(key) or "") for key in ("url", "name", "package"))
    if not url.startswith("https://") or not _NAME.fullmatch(name):
        raise SpecificationError("A repository needs an https URL and a folder name.")
    python = _ensure_git(layout, packages, package)
    request = {
        "url": url,
        "folder": str(layout.work / name),
        "seconds": float(data["seconds"]),
        "bytes": int(data["bytes"]),
        "authorities": str(data.get("authorities") or ""),
        "library": "" if package else str(layout.dulwich),
    }
    program = layout.library / "as_user/clone.py"
    try:
        done = user.run([python, "-I", program], stdin=json.dumps(request))
    except CommandError as error:
        (reason,) = without_secrets(error.detail.strip().splitlines()[-1:]) or [error.reason]
        raise SetUpError(reason, error.detail) from None
    return bool(json.loads(done.stdout)["changed"])


def _ensure_git(layout: Layout, packages: PackageManager, package: str) -> Path:
    """Install git or dulwich, and return the Python that runs the clone program."""
    if package:
        packages.ensure([package])
        return layout.server_python
    try:
        ensure_dulwich(layout, SOURCE / "git.lock")
    except CommandError as error:
        raise SetUpError(
            "dulwich, which clones it, could not be installed from the machine's package index",
            error.detail,
        ) from None
    return Path(sys.executable)
