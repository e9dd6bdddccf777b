"""Notebooks and files to be sent, read with the rights of the notebook user."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from .commands import log
from .configuration import ensure_library
from .errors import CommandError
from .events import Reporter
from .layout import Layout
from .specification import SpecificationError
from .users import NotebookUser

CHUNK = 48 * 1024
"""Characters of one event: a line of this length passes every transport."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a page or a file with its packing."""


def notebooks(user: NotebookUser, layout: Layout) -> list[str]:
    """Return the notebooks' paths below the work folder, the latest first."""
    ensure_library(layout)
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
    reporter.emit("export", unknown=None, chunks=_in_pieces(text, reporter))


def files(user: NotebookUser, layout: Layout, data: Mapping[str, Any], reporter: Reporter) -> None:
    """Report a ZIP of at most `most` bytes of the home folder's files, or of those below `path`.

    The ZIP comes in pieces, then their number. Nothing is written on the disk.
    """
    path, most = data.get("path"), data.get("most")
    if not isinstance(path, str) or "\0" in path:
        raise SpecificationError("path must be a path.")
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise SpecificationError("most must be a number of bytes.")
    ensure_library(layout)
    program = layout.library / "as_user/files.py"
    task = json.dumps({"home": str(layout.home), "path": path.lstrip("/"), "most": most})
    text = user.run([layout.server_python, "-I", program], stdin=task).stdout
    reporter.emit("files", chunks=_in_pieces(text, reporter))


def _in_pieces(text: str, reporter: Reporter) -> int:
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    pieces = [packed[start : start + CHUNK] for start in range(0, len(packed), CHUNK)]
    for piece in pieces:
        reporter.emit("chunk", data=piece)
    return len(pieces)


def _ask(user: NotebookUser, layout: Layout, request: dict[str, str]) -> dict[str, Any]:
    program = layout.library / "as_user/export.py"
    task = json.dumps({**request, "work": str(layout.work)})
    done = user.run([layout.server_python, "-I", program], stdin=task)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
