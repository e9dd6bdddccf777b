"""A public Git repository in the folder that people see, as the notebooks' user."""

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
    user: NotebookUser, layout: Layout, packages: PackageManager, wish: Mapping[str, Any]
) -> bool:
    """Have it cloned, once; False if it is there already. `wish`: `url` (https), `name` of the
    folder, `package` that has git or empty where the system has none, `seconds`, `bytes`, and
    `authorities` (PEM, or empty).

    Raises `SetUpError` with the reason that git gives.
    """
    url, name, package = (str(wish.get(key) or "") for key in ("url", "name", "package"))
    if not url.startswith("https://") or not _NAME.fullmatch(name):
        raise SpecificationError("A repository needs an https url and a name.")
    python = _ensure_git(layout, packages, package)
    request = {
        "url": url,
        "folder": str(layout.work / name),
        "seconds": float(wish["seconds"]),
        "bytes": int(wish["bytes"]),
        "authorities": str(wish.get("authorities") or ""),
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
    """Something that clones, and the Python that runs it."""
    if package:
        packages.ensure([package])
        return layout.python
    try:
        ensure_dulwich(layout, SOURCE / "git.lock")
    except CommandError as error:
        raise SetUpError(
            "what clones it (dulwich) could not be installed from the machine's package index",
            error.detail,
        ) from None
    return Path(sys.executable)
