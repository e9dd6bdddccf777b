"""Command lines of Windows: one text that each program splits by itself."""

from __future__ import annotations

import re

_SPECIAL = frozenset("|&<>^%()\n")


def split(line: str) -> list[str]:
    """Split a line as Microsoft's C runtime does: quotes, and backslashes before quotes."""
    words: list[str] = []
    word: str | None = None
    quoted, at = False, 0
    while at < len(line):
        slashes = re.match(r"\\+", line[at:])
        if slashes and line[at + len(slashes[0]) : at + len(slashes[0]) + 1] == '"':
            count = len(slashes[0])
            word = (word or "") + "\\" * (count // 2)
            at += count
            if count % 2:
                word, at = word + '"', at + 1
        elif line[at] == '"':
            word, quoted, at = word or "", not quoted, at + 1
        elif line[at] in " \t" and not quoted:
            words += [] if word is None else [word]
            word, at = None, at + 1
        else:
            word, at = (word or "") + line[at], at + 1
    if quoted:
        raise ValueError(f"a quote is not closed: {line}")
    return words if word is None else [*words, word]


def simple_words(line: str) -> list[str]:
    """Return the words of a command that any shell of Windows reads in the same way.

    Raise ValueError if cmd.exe would do more than start a program.
    """
    special = _SPECIAL.intersection(re.sub(r'"[^"%]*"', "", line))
    if special:
        raise ValueError(
            f"this machine's cmd.exe does not know {' '.join(sorted(special))}: {line}"
        )
    return split(line)
