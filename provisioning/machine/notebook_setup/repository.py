"""A public Git repository in the folder that people see, as the notebooks' user."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import CommandError, SetUpError
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
    folder, `package` that has git, `seconds`, `bytes`, and `authorities` (PEM, or empty).

    Raises `SetUpError` with the reason that git gives.
    """
    url, name, package = (str(wish.get(key) or "") for key in ("url", "name", "package"))
    if not url.startswith("https://") or not _NAME.fullmatch(name) or not package:
        raise SpecificationError("A repository needs an https url, a name and git's package.")
    packages.ensure([package])
    request = {
        "url": url,
        "folder": str(layout.work / name),
        "seconds": float(wish["seconds"]),
        "bytes": int(wish["bytes"]),
        "authorities": str(wish.get("authorities") or ""),
    }
    program = layout.library / "as_user/clone.py"
    try:
        done = user.run([layout.python, program], stdin=json.dumps(request))
    except CommandError as error:
        (reason,) = without_secrets(error.detail.strip().splitlines()[-1:]) or [error.reason]
        raise SetUpError(reason, error.detail) from None
    return bool(json.loads(done.stdout)["changed"])
