"""A TCP relay: it carries connections to one host and port and does not read them."""

import asyncio
import contextlib

_BLOCK = 65_536


class Relay:
    """A relay to `host`:`port`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self, address: str) -> int:
        """Listen on a free port of `address`, and return the port."""
        self._server = await asyncio.start_server(self._carry, address, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Stop to listen, and cut all connections."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = {writer}
        self._writers |= writers
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            writers.add(far_writer)
            self._writers.add(far_writer)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except OSError:
            return  # to the machine it looks as if the registry hung up
        finally:
            self._writers -= writers
            for each in writers:
                each.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the sender has ended, then end the receiver's input."""
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
        writer.write_eof()
