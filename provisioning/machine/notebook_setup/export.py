"""Notebooks as HTML or as they are, read with the rights of the notebook user."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from .commands import log
from .errors import CommandError
from .events import Reporter
from .layout import Layout
from .users import NotebookUser

CHUNK = 48 * 1024
"""Characters of one event: a line of this length passes every transport."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a page or a file with its packing."""


def notebooks(user: NotebookUser, layout: Layout) -> list[str]:
    """Return the notebooks' paths below the work folder, the latest first."""
    found = _ask(user, layout, {"do": "list"})["notebooks"]
    return [str(each) for each in found]


def export(
    user: NotebookUser, layout: Layout, notebook: str, reporter: Reporter, *, as_it_is: bool
) -> None:
    """Report the page, or the file as it is, in pieces, then the number of pieces.

    For an unknown notebook, report the existing ones instead, and for one that can't be read or
    sent the kind of reason: a word of `saved_notebook.KINDS`, or "page-too-large".
    """
    try:
        made = _ask(user, layout, {"do": "file" if as_it_is else "export", "notebook": notebook})
    except CommandError as error:
        log(error.detail)
        made = {"unreadable": "not-drawn", "detail": error.detail}
    text = json.dumps(made)
    if len(text) > LARGEST:
        made, text = {"unreadable": "page-too-large"}, ""
    if "unknown" in made or "unreadable" in made:
        reasons = {key: made.get(key) for key in ("unknown", "unreadable", "detail")}
        reporter.emit("export", **reasons, chunks=0)
        return
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
