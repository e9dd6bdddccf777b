"""Notebooks as HTML, converted with the rights of the notebook user."""

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
"""Characters of one event: a line of this length passes every transport."""
LARGEST = 64 * 1024 * 1024
"""Bytes of all documents of one notebook."""


def notebooks(user: NotebookUser, layout: Layout) -> list[str]:
    """Return the notebooks' paths below the work folder, the latest first."""
    found = _ask(user, layout, {"do": "list"})["notebooks"]
    return [str(each) for each in found]


def export(user: NotebookUser, layout: Layout, notebook: str, reporter: Reporter) -> None:
    """Report the documents in pieces, then the number of pieces.

    For an unknown notebook, report the existing ones instead. Raises `SetUpError` if nbconvert
    can't convert the notebook, or the documents are too large.
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
        raise SetUpError(
            f"As HTML the notebook is larger than {LARGEST // 1024 // 1024} MiB, the largest that "
            "can be sent. Clear large outputs, save it, and export it again."
        )
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    pieces = [packed[start : start + CHUNK] for start in range(0, len(packed), CHUNK)]
    for piece in pieces:
        reporter.emit("chunk", data=piece)
    reporter.emit("export", unknown=None, chunks=len(pieces))


def _ask(user: NotebookUser, layout: Layout, request: dict[str, str]) -> dict[str, Any]:
    program = layout.library / "as_user/export.py"
    task = json.dumps({**request, "work": str(layout.work)})
    done = user.run([layout.server_python, "-I", program], stdin=task)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
