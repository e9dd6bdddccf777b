"""Small helpers to wait for several things, or for one that is not yet so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from provisioning.core.errors import NotYet

T = TypeVar("T")


async def all_of(*works: Awaitable[Any]) -> None:
    """Run them together, let each come to its end, then raise the first failure."""
    for result in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def patiently(attempt: Callable[[], Awaitable[T]], timeout: float, first_pause: float) -> T:
    """Try again while it raises `NotYet`, with growing pauses, for `timeout` seconds.

    The pauses start at `first_pause` seconds, double, and stay below what `NotYet` asks for.

    Raises:
        NotYet: the last one, when the time is over.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    pause = first_pause
    while True:
        try:
            return await attempt()
        except NotYet as not_yet:
            wait = min(pause, not_yet.retry_in)
            if asyncio.get_running_loop().time() + wait > deadline:
                raise
        await asyncio.sleep(wait)
        pause *= 2
