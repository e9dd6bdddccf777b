"""Notebooks as HTML, made by and with the rights of the user whose they are."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from .errors import CommandError, SetUpError
from .events import Reporter
from .layout import Layout
from .users import NotebookUser

CHUNK = 48 * 1024
"""Characters of one event: a line that every transport takes."""
LARGEST = 64 * 1024 * 1024
"""Bytes of all that is made of one notebook."""


def notebooks(user: NotebookUser, layout: Layout) -> list[str]:
    """Paths below the folder that people see, the latest first."""
    found = _ask(user, layout, {"do": "list"})["notebooks"]
    return [str(each) for each in found]


def export(user: NotebookUser, layout: Layout, notebook: str, reporter: Reporter) -> None:
    """Report the documents in pieces, then how many; or those that there are instead.

    Raises `SetUpError` if nbconvert can't read it, or it becomes too large.
    """
    try:
        made = _ask(user, layout, {"do": "export", "notebook": notebook})
    except CommandError as error:
        lines = error.detail.splitlines()
        reason = lines[-1].strip() if lines else "nbconvert gave no reason"
        raise SetUpError(f"The notebook could not be converted: {reason}", error.detail) from None
    if "unknown" in made:
        reporter.emit("export", unknown=made["unknown"], chunks=0)
        return
    text = json.dumps(made)
    if len(text) > LARGEST:
        raise SetUpError(f"The notebook becomes larger than {LARGEST // 1024 // 1024} MiB.")
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    pieces = [packed[start : start + CHUNK] for start in range(0, len(packed), CHUNK)]
    for piece in pieces:
        reporter.emit("chunk", data=piece)
    reporter.emit("export", unknown=None, chunks=len(pieces))


def _ask(user: NotebookUser, layout: Layout, wish: dict[str, str]) -> dict[str, Any]:
    program = layout.library / "as_user/export.py"
    task = json.dumps({**wish, "work": str(layout.work)})
    done = user.run([layout.python, "-I", program], stdin=task)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
