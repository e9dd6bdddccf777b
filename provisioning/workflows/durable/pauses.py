"""The pauses between two tries of a step, which the end of the process cuts short."""

import asyncio
from contextvars import ContextVar


class Pauses:
    """The pauses of the workflows in one process."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def hold(self) -> None:
        """Let the pauses of the current task, and of the tasks that it begins, be of these."""
        _current.set(self)

    def end(self) -> None:
        """End each pause, now and later: the process stops."""
        self._ended.set()

    async def wait(self, seconds: float) -> None:
        """Wait for `seconds`.

        Raises:
            CancelledError: if the pauses end before. The step is not done; it runs again when its
                workflow goes on.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return
        raise asyncio.CancelledError


_current: ContextVar[Pauses | None] = ContextVar("pauses", default=None)


async def pause(seconds: float) -> None:
    """Wait before the next try of a step.

    Raises:
        CancelledError: if the process stops meanwhile.
    """
    pauses = _current.get()
    if pauses is None:
        await asyncio.sleep(seconds)
    else:
        await pauses.wait(seconds)
