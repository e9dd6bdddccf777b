"""Command lines of Windows, which are one text."""

from __future__ import annotations

import re

_WORD = re.compile(r'"([^"]*)"|(\S+)')


def split(line: str) -> tuple[str, ...]:
    """The words, well enough to tell what a program is: quotes around a word go, and what a
    quote inside of one would mean is not looked at."""
    return tuple(quoted or plain for quoted, plain in _WORD.findall(line))
