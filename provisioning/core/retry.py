"""Wait for several tasks, or retry one until it succeeds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, overload

from provisioning.core.errors import NotYet

_T = TypeVar("_T")
_S = TypeVar("_S")


@overload
async def all_of(first: Awaitable[_T], second: Awaitable[_S], /) -> tuple[_T, _S]: ...
@overload
async def all_of(*works: Awaitable[_T]) -> Sequence[_T]: ...
async def all_of(*works: Awaitable[Any]) -> Sequence[Any]:
    """Run tasks at the same time, let each end, and return their results in order.

    `asyncio.gather` alone would leave the others running after a failure, beyond the life of the
    connections that they use.

    Raises:
        BaseException: the first failure, in the order of `works`.
    """
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(results)


async def patiently(attempt: Callable[[], Awaitable[_T]], timeout: float, first_pause: float) -> _T:
    """Retry `attempt` with growing pauses while it raises `NotYet`, for `timeout` seconds.

    Pauses begin at `first_pause` seconds and double, up to the pause of `NotYet`. A pause for which
    the other side has asked is kept.

    Raises:
        NotYet: the last one, after `timeout`.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    pause = first_pause
    while True:
        try:
            return await attempt()
        except NotYet as not_yet:
            wait = not_yet.retry_in if not_yet.is_asked else min(pause, not_yet.retry_in)
            if asyncio.get_running_loop().time() + wait > deadline:
                raise
        await asyncio.sleep(wait)
        pause *= 2
