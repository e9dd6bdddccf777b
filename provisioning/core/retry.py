"""Wait for several tasks, or retry one until it succeeds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from provisioning.core.errors import NotYet

_T = TypeVar("_T")


async def all_of(*works: Awaitable[Any]) -> None:
    """Run tasks at the same time, let each end, then raise the first failure."""
    for result in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def patiently(attempt: Callable[[], Awaitable[_T]], timeout: float, first_pause: float) -> _T:
    """Retry `attempt` with growing pauses while it raises `NotYet`, for `timeout` seconds.

    Pauses begin at `first_pause` seconds and double, up to the pause that `NotYet` asks for.

    Raises:
        NotYet: the last one, after `timeout`.
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
