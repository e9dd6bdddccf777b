"""What the notebook that was saved last shows at its end: text and a picture, for its owner's chat.

Everything is bounded: how long is looked for it, how large a file is read, how much leaves the
machine. The files are people's, and this program is root: links are not followed.
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
"""Bytes; one with larger outputs is passed over."""
LARGEST_PICTURE = 2_000_000
"""Bytes of the PNG itself."""
LONGEST_TEXT = 2_000
_TRIED = 5
_PNG = b"\x89PNG\r\n\x1a\n"
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NOT_PEOPLES = frozenset({"__pycache__", "node_modules", "site-packages"})


def last_output(home: Path) -> dict[str, Any]:
    """`notebook` (its file's name, "" if none shows anything), `saved_seconds` ago, `text`, and
    `picture` (a PNG in base64, "" if there is none)."""
    newest = sorted(_notebooks(home), reverse=True)[:_TRIED]
    for saved, path in newest:
        text, picture = _shown(_read(path))
        if text or picture:
            return {
                "notebook": Path(path).name,
                "saved_seconds": round(max(0.0, time.time() - saved), 1),
                "text": text,
                "picture": picture,
            }
    return {"notebook": "", "saved_seconds": 0.0, "text": "", "picture": ""}


def _notebooks(home: Path) -> Iterator[tuple[float, str]]:
    deadline = time.monotonic() + SEARCH_SECONDS
    for folder, folders, files in os.walk(home, followlinks=False):
        folders[:] = [each for each in folders if each[0] != "." and each not in _NOT_PEOPLES]
        for name in files:
            if name.endswith(".ipynb") and not name.startswith("."):
                path = os.path.join(folder, name)  # noqa: PTH118 - os.walk's words
                try:
                    yield os.lstat(path).st_mtime, path
                except OSError:
                    continue  # removed meanwhile
        if time.monotonic() > deadline:
            return


def _read(path: str) -> Any:
    """The notebook's JSON; None if it is none, too large, or no file of its own."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NONBLOCK", 0)  # a pipe of that name would never be opened
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
    """Text and picture of the last cell that shows anything."""
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
        return ""  # its text only names the object
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
    """Notebooks keep text as a string or as a list of lines."""
    lines = value if isinstance(value, list) else [value]
    return "".join(each for each in lines if isinstance(each, str))


def _plain(text: str) -> str:
    """The last lines, without colours, and what looks like a secret hidden."""
    text = _COLOURS.sub("", text)[-LONGEST_TEXT:]
    # A line that writes over itself, as a progress bar does, shows its last state.
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return "\n".join(without_secrets(lines)).strip("\n")
