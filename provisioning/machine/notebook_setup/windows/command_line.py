"""Command lines of Windows, which are one text instead of a list of words."""

from __future__ import annotations

import re

_WORD = re.compile(r'"([^"]*)"|(\S+)')


def split(line: str) -> tuple[str, ...]:
    """Return the words of a command line, exact enough to identify a program.

    Quotes around a word are removed. Quotes inside a word have no special meaning here.
    """
    return tuple(quoted or plain for quoted, plain in _WORD.findall(line))
