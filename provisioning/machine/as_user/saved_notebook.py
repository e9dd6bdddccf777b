"""Saved notebooks: their names, and their content as JupyterLab reads it.

A name may have any bytes, and a file may have been written by any program or cut off by a crash.
What can't be read ends in one of the words of `UnreadableError`, and never in an exception's text.
The environment's Python runs this module.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

LARGEST = 32 * 1024 * 1024
"""Bytes of a notebook file."""
_CURRENT = 4
_NEAR_THE_END = 6
"""Characters: a cut inside `\\u1234` or `false` is reported where the word begins."""
_HALF = re.compile("[\ud800-\udfff]")
_CONFLICT = re.compile(r"^<{7}( |$)", re.MULTILINE)
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-"})
_HANGUL = re.compile(r"[\x00-\x7f가-힣]*\Z")


class UnreadableError(Exception):
    """A file that is no readable notebook; `kind` is one word of `KINDS`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


KINDS = ("empty", "cut-off", "conflict", "encoding", "not-a-notebook", "too-large", "not-drawn")


def read(file: Path) -> dict[str, Any]:
    """Return the notebook's JSON in the form of version 4, of which nothing else is checked.

    Raises `UnreadableError`.
    """
    if file.stat().st_size > LARGEST:
        raise UnreadableError("too-large")
    parsed = _parsed(_decoded(file.read_bytes()))
    if not isinstance(parsed, dict):
        raise UnreadableError("not-a-notebook")
    found: dict[str, Any] = parsed
    if isinstance(found.get("worksheets"), list):
        found = _upgraded(found)
    if not isinstance(found.get("cells"), list):
        raise UnreadableError("not-a-notebook")
    return found


def _decoded(content: bytes) -> str:
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise UnreadableError("empty")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise UnreadableError("cut-off") from None
        raise UnreadableError("encoding") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadableError("not-a-notebook") from None
    except ValueError as error:
        place = getattr(error, "pos", 0)
    text = text.rstrip("\0 \t\r\n")
    if _CONFLICT.search(text):
        raise UnreadableError("conflict")
    is_open = text.lstrip().startswith("{") and not text.endswith("</html>")
    ends_in_text = text.rfind('"', 0, place + 1) == place and "\n" not in text[place:]
    if is_open and (ends_in_text or place >= len(text) - _NEAR_THE_END):
        raise UnreadableError("cut-off")
    raise UnreadableError("not-a-notebook")


def _upgraded(old: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook of version 3 or older in the form of version 4."""
    import nbformat  # noqa: PLC0415 - only old notebooks need it

    version = old.get("nbformat")
    if not isinstance(version, int) or not 0 < version < _CURRENT:
        old = {**old, "nbformat": 3}
    try:
        made = nbformat.convert(nbformat.from_dict(old), _CURRENT)  # type: ignore[no-untyped-call]
    except Exception:  # the library checks nothing before it converts, so it may raise anything
        raise UnreadableError("not-a-notebook") from None
    return dict(made)


def whole(text: str) -> str:
    """Return text that can be sent: halves of a character are joined, or replaced if alone."""
    if not _HALF.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _HALF.sub("\ufffd", joined) if _HALF.search(joined) else joined


def shown(path: str) -> str:
    """Return a path as people read it. Bytes that are no UTF-8 are Korean's old encoding, or
    replaced."""
    stored = os.fsencode(path)
    try:
        return stored.decode()
    except UnicodeDecodeError:
        pass
    try:
        korean = stored.decode("cp949")
    except UnicodeDecodeError:
        korean = ""
    if korean and _HANGUL.match(korean):
        return korean
    return stored.decode(errors="replace")


def folded(path: str) -> str:
    """Return what stays of a path however it was typed: letters' case, quotes, dashes, spaces."""
    plain = unicodedata.normalize("NFC", path).casefold().translate(_PLAIN)
    return " ".join(plain.replace("--", "-").split())
