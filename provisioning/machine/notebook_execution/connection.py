"""The server's own connection to a kernel, which reads what the kernel publishes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import zmq
from traitlets.log import get_logger

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_PAUSE = 0.02
"""Seconds between two looks at what has been published, so that many outputs are one change."""
_MOST = 500

Messages = list[dict[str, Any]]


class Connection:
    """Passes the messages of a kernel on, in their order, until it is closed.

    `published` gets what all can read, `replied` the answers to own requests, and `asked` the
    kernel's questions for input.
    """

    def __init__(
        self,
        manager: Any,
        published: Callable[[Messages], Awaitable[None]],
        replied: Callable[[dict[str, Any]], None],
        asked: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self.client = manager.client()
        # A kernel answers to this id; the client has inherited the manager's.
        self.client.session.session = uuid.uuid4().hex
        # A kernel throws away what its reader has no room for, and a thread of zmq reads for us.
        self.client.context.setsockopt(zmq.RCVHWM, 0)
        self.client.start_channels(hb=False)
        self._published, self._replied, self._asked = published, replied, asked
        self._greetings: set[str] = set()
        self._is_heard = asyncio.Event()
        readers = (self._read_published, self._read_reply, self._read_question)
        self._readers = [asyncio.create_task(_forever(each)) for each in readers]

    async def ready(self) -> None:
        """Return when the kernel has answered, and what it publishes arrives here."""
        wait = _FIRST_WAIT
        while not self._is_heard.is_set():
            self._greetings.add(self.client.kernel_info())
            try:
                await asyncio.wait_for(self._is_heard.wait(), wait)
            except TimeoutError:
                wait = min(2 * wait, _LONGEST_WAIT)

    def close(self) -> None:
        """Read no more."""
        for reader in self._readers:
            reader.cancel()
        self.client.stop_channels()

    async def _read_published(self) -> None:
        channel = self.client.iopub_channel
        messages = [await channel.get_msg()]
        while len(messages) < _MOST and await channel.msg_ready():
            messages.append(await channel.get_msg())
        if not self._is_heard.is_set() and any(map(self._is_greeting, messages)):
            self._is_heard.set()
        await self._published(messages)
        await asyncio.sleep(_PAUSE)

    async def _read_reply(self) -> None:
        self._replied(await self.client.shell_channel.get_msg())

    async def _read_question(self) -> None:
        await self._asked(await self.client.stdin_channel.get_msg())

    def _is_greeting(self, message: dict[str, Any]) -> bool:
        return message["parent_header"].get("msg_id") in self._greetings


async def _forever(read: Callable[[], Awaitable[None]]) -> None:
    """Read until cancelled; a message that can't be read or applied does not end the reading."""
    while True:
        try:
            await read()
        except Exception:
            get_logger().exception("A kernel's message could not be applied")
            await asyncio.sleep(0.1)
