"""The text of a stream as a terminal shows it: backspace, carriage return and newline applied."""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"([\b\r\n])")


def has_controls(text: str) -> bool:
    """Return whether the text moves the cursor other than by newlines."""
    return "\b" in text or "\r" in text


def written(text: str, cursor: int, new: str) -> tuple[str, int]:
    """Return what a terminal shows after `new` is written into `text`, and the cursor's place.

    The cursor counts from the start of the last line, as the result does.
    """
    done, newline, line = text.rpartition("\n")
    kept = [done + newline]
    for piece in _CONTROLS.split(new):
        if piece == "\n":
            kept.append(line + "\n")
            line, cursor = "", 0
        elif piece == "\r":
            cursor = 0
        elif piece == "\b":
            if cursor:
                line = line[: cursor - 1] + line[cursor:]
                cursor -= 1
        else:
            line = line[:cursor] + piece + line[cursor + len(piece) :]
            cursor += len(piece)
    return "".join(kept) + line, cursor


def same_start(left: str, right: str) -> int:
    """Return how many leading characters two texts share."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
