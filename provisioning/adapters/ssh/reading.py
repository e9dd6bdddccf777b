"""Bounded reading of what a machine sends: it may be in an attacker's hands.

Nothing here keeps more than a bound, whatever comes in, and a stream that sends more than it may
ends with `PermanentError`.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import asyncssh

from provisioning.core.errors import PermanentError
from provisioning.core.language import N_

MOST = 128 * 1024 * 1024
"""Characters or bytes of one command's output; an export's pieces are the largest."""
LONGEST_LINE = 4 * 1024 * 1024
"""Characters of a line: a picture of the last output has almost three million."""
KEPT = 64 * 1024
"""Bytes kept of a command's output: its end, which has the result and the reason."""
_LONGEST_REASON = 1000
_BLOCK = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


async def lines_of(
    stream: asyncssh.SSHReader[str], most: int = MOST, longest: int = LONGEST_LINE
) -> AsyncIterator[str]:
    """Yield each line without its end.

    Raises:
        PermanentError: if a line or all of them are longer than they may be.
    """
    total, rest = 0, ""
    while block := await stream.read(_BLOCK):
        total += len(block)
        *lines, rest = (rest + block).split("\n")
        if total > most or len(rest) > longest:
            raise too_much()
        for line in lines:
            yield line
    if rest:
        yield rest


async def end_of(stream: asyncssh.SSHReader[bytes], most: int = MOST) -> str:
    """Return the end of a stream as text. Raises `PermanentError` if it sends too much."""
    total, kept = 0, b""
    while block := await stream.read(_BLOCK):
        total += len(block)
        kept = (kept + block)[-KEPT:]
        if total > most:
            raise too_much()
    return kept.decode(errors="replace")


def too_much() -> PermanentError:
    """Return the error for a machine that sends more than it may."""
    return PermanentError(N_("The machine sends more than it may."), "TooLarge")


def words_of(reason: object) -> str:
    """Return a machine's reason as one line of bounded length."""
    return _CONTROL.sub(" ", str(reason))[:_LONGEST_REASON].strip()


def number_of(value: object) -> float:
    """Return a machine's number; 0 if it is none, or is infinite."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if abs(number) < float("inf") else 0.0


@contextmanager
def understanding() -> Iterator[None]:
    """Read a machine's answer in the block; an answer of another shape is a `PermanentError`."""
    try:
        yield
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise PermanentError(
            N_(
                "The machine's answer could not be read ({error}). Try again; if that repeats, "
                "tell an admin.",
                error=type(error).__name__,
            ),
            "BadAnswer",
        ) from None
