"""Ports of a machine that lead to other ports of it: real TCP forwarders on its own address."""

import asyncio
import functools
import socket
import struct
from collections.abc import Mapping

_CHUNK = 65536


class Forwarders:
    """The forwarders of one machine, for any packet filter."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._targets: Mapping[int, int] = {}
        self._servers: dict[int, asyncio.Server] = {}

    async def set(self, wanted: Mapping[int, int]) -> None:
        """Forward these ports (port -> port) and no others.

        Raise OSError, and change nothing, if a port can't be listened on.
        """
        opened: dict[int, asyncio.Server] = {}
        try:
            for port in wanted.keys() - self._servers.keys():
                opened[port] = await asyncio.start_server(
                    functools.partial(self._connected, port), self._address, port
                )
        except OSError:
            for server in opened.values():
                server.close()
            raise
        self._servers |= opened
        for port in self._servers.keys() - wanted.keys():
            self._servers.pop(port).close()
        self._targets = dict(wanted)

    async def _connected(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(
                self._address, self._targets[port]
            )
        except (OSError, KeyError):
            _reset(writer)  # a cut connection is the closest that an open port has to a closed one
            return
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        except ConnectionError:  # one side was cut, so the other is cut too
            for each in (writer, inner_writer):
                _reset(each)
        finally:
            for each in (writer, inner_writer):
                each.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close at once, so that the peer sees a reset and not an end."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until its end; the other direction may go on."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
