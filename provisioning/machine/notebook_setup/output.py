"""The last output of the notebook that was saved last: text and a picture, for the owner in Slack.

Everything has a limit: the time of the search, the size of a file, and the size of the answer.
Members own these files and this program runs as root, so it does not follow links.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .logs import without_secrets

SEARCH_SECONDS = 2.0
LARGEST_NOTEBOOK = 20_000_000
"""Bytes of a notebook file; larger notebooks are skipped."""
LARGEST_PICTURE = 2_000_000
"""Bytes of the decoded PNG."""
LONGEST_TEXT = 2_000
_TRIED = 5
_PNG = b"\x89PNG\r\n\x1a\n"
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which can't be sent."""
_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def last_output(home: Path) -> dict[str, Any]:
    """Return the last output of the notebook that was saved last.

    `notebook` is the file's name ("" if no notebook has output), `saved_seconds` its age, `text`
    the text, and `picture` a PNG in base64 ("" if there is none).
    """
    newest = sorted(_notebooks(home), reverse=True)[:_TRIED]
    for saved, path in newest:
        text, picture = _shown(_read(path))
        if text or picture:
            return {
                "notebook": os.fsencode(Path(path).name).decode(errors="replace"),
                "saved_seconds": round(max(0.0, time.time() - saved), 1),
                "text": _HALF.sub("\ufffd", text),
                "picture": picture,
            }
    return {"notebook": "", "saved_seconds": 0.0, "text": "", "picture": ""}


def _notebooks(home: Path) -> Iterator[tuple[float, str]]:
    deadline = time.monotonic() + SEARCH_SECONDS
    for folder, folders, files in os.walk(home, followlinks=False):
        folders[:] = [each for each in folders if each[0] != "." and each not in _IGNORED_FOLDERS]
        for name in files:
            if name.lower().endswith(".ipynb") and not name.startswith("."):
                path = os.path.join(folder, name)  # noqa: PTH118 - os.walk yields strings
                try:
                    yield os.lstat(path).st_mtime, path
                except OSError:
                    continue  # removed during the search
        if time.monotonic() > deadline:
            return


def _read(path: str) -> Any:
    """Return the notebook's JSON; None if the file is a link, too large, or not JSON."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would block forever
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_NOTEBOOK:
            return None
        try:
            return json.loads(file.read(LARGEST_NOTEBOOK))
        except (ValueError, OSError, RecursionError):
            return None


def _shown(notebook: Any) -> tuple[str, str]:
    """Return text and picture of the last cell that has output."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in reversed(cells if isinstance(cells, list) else []):
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        shown = outputs if isinstance(outputs, list) else []
        found = [each for each in shown if isinstance(each, dict)]
        text = _plain("".join(map(_text, found)))
        picture = next((each for each in map(_picture, reversed(found)) if each), "")
        if text or picture:
            return text, picture
    return "", ""


def _text(output: dict[str, Any]) -> str:
    data = _data(output)
    if "image/png" in data:
        return ""  # the text only names the Python object
    if output.get("output_type") == "error":
        return f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}\n"
    text = _joined(output.get("text") or data.get("text/plain"))
    return text if not text or text.endswith("\n") else f"{text}\n"


def _picture(output: dict[str, Any]) -> str:
    encoded = "".join(_joined(_data(output).get("image/png")).split())
    if not encoded or len(encoded) > LARGEST_PICTURE * 4 / 3 + 4:
        return ""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return encoded if content.startswith(_PNG) else ""


def _data(output: dict[str, Any]) -> dict[str, Any]:
    data = output.get("data")
    return data if isinstance(data, dict) else {}


def _joined(value: Any) -> str:
    """Return text that a notebook stores as a string or as a list of lines."""
    lines = value if isinstance(value, list) else [value]
    return "".join(each for each in lines if isinstance(each, str))


def _plain(text: str) -> str:
    """Return the last lines, without colours, with likely secrets hidden."""
    text = _COLOURS.sub("", text)[-LONGEST_TEXT:]
    # Of a line that overwrites itself, such as a progress bar, keep the last state.
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return "\n".join(without_secrets(lines)).strip("\n")
