"""What a client may send before it has signed in, on a real Jupyter server and on tornado's own."""

import asyncio
import io
import json
import ssl
import time
from contextlib import suppress

import psutil
import pytest
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from provisioning.machine.notebook_identity import guarded_server
from provisioning.machine.notebook_identity.guarded_server import GuardedServer

from .person import Person

LARGE = 250_000_000


class Client:
    """A connection over which a client writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def head(self, *lines: str) -> None:
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def fill(self, amount: int) -> None:
        """Send as much as the server takes."""
        with suppress(ConnectionError):
            while amount > 0:
                self.writer.write(b"x" * min(amount, 1 << 20))
                await self.writer.drain()
                amount -= 1 << 20

    async def status(self) -> int:
        line = await self.reader.readline()
        return int(line.split()[1])

    async def is_closed(self) -> bool:
        with suppress(ConnectionError):
            await self.reader.read()
        return True

    def close(self) -> None:
        self.writer.close()


async def connect(server, client: str = "127.0.0.9") -> Client:
    context = ssl.create_default_context(cafile=str(server.folder / "state/tls/notebook.crt"))
    port = int(server.url.rpartition(":")[2])
    return Client(
        *await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, local_addr=(client, 0), limit=1 << 20
        )
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["POST /login HTTP/1.1", f"Content-Length: {LARGE}"],
        ["POST /login HTTP/1.1", "Transfer-Encoding: chunked"],
        ["PUT /api/contents/x HTTP/1.1", f"Content-Length: {LARGE}", "Cookie: a=b"],
        ["POST /login HTTP/1.1", f"Content-Length: {LARGE}", "Authorization: token wrong"],
        ["POST /login HTTP/1.1", f"Content-Length: {LARGE}", "Expect: 100-continue"],
    ],
)
async def test_before_sign_in_a_large_body_is_refused_and_not_kept(server, lines):
    server.plant()
    memory = psutil.Process(server.process.pid).memory_info
    clients = [await connect(server) for _ in range(4)]
    before, began = memory().rss, time.monotonic()
    for client in clients:
        await client.head(*lines, "Host: x")
    assert [await client.status() for client in clients] == [413] * 4
    assert time.monotonic() - began < 5
    await asyncio.gather(*(client.fill(LARGE // 10) for client in clients))
    async with asyncio.timeout(20):
        assert all([await client.is_closed() for client in clients])
    assert memory().rss - before < 32 * 1024 * 1024
    for client in clients:
        client.close()


async def put(browser, path: str, **body: object) -> int:
    """Send a file as JupyterLab does, with its length in the header."""
    data = json.dumps({"type": "file", **body}).encode()
    headers = {**browser.xsrf(), "Content-Type": "application/json"}
    headers["Content-Length"] = str(len(data))
    sent = await browser.request(
        "PUT", f"/api/contents/{path}", data=io.BytesIO(data), headers=headers
    )
    return sent.status


async def test_a_member_uploads_a_large_file_and_uses_a_kernel(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        large = {"format": "text", "content": "x" * 9_000_000}
        assert await put(browser, "large.txt", **large) == 201
        chunk = {"format": "base64", "content": "eHh4" * 300_000}
        assert await put(browser, "chunked.bin", chunk=1, **chunk) == 201
        assert await put(browser, "chunked.bin", chunk=-1, **chunk) == 200
        ana = Person(browser)
        async with ana.channels(await ana.kernel()) as socket:
            await ana.run(socket, f"x = {json.dumps('y' * 2_000_000)}")
        server.root.hold()
        small = {"format": "text", "content": "x" * 100_000}
        assert await put(browser, "small.txt", **small) == 413
        server.root.admit([server.ana])


class Echo(RequestHandler):
    def post(self) -> None:
        self.write(str(len(self.request.body)))


class Guarded:
    """A guarded server of tornado's own; requests with a cookie are a member's."""

    def __init__(self, **options: float) -> None:
        def is_signed_in(request: HTTPServerRequest) -> bool:
            return "member" in request.cookies

        self.server = GuardedServer(
            Application([("/", Echo)]), is_signed_in, 1_000_000, ["127.0.0.1"], **options
        )
        sockets = bind_sockets(0, "127.0.0.1")
        self.server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]

    async def connect(self, client: str = "127.0.0.9") -> Client:
        opened = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(client, 0))
        return Client(*opened)

    async def __aenter__(self) -> "Guarded":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.stop()
        await self.server.close_all_connections()


async def test_before_sign_in_a_slow_body_ends_with_its_connection():
    async with Guarded(body_timeout=0.3) as guarded:
        slow = await guarded.connect()
        await slow.head("POST / HTTP/1.1", "Host: x", "Content-Length: 100")
        async with asyncio.timeout(10):
            assert await slow.is_closed()
        slow.close()


async def test_a_members_body_has_more_time_and_its_own_limit():
    async with Guarded(body_timeout=0.3) as guarded:
        slow = await guarded.connect()
        lines = "POST / HTTP/1.1", "Host: x", "Cookie: member=1"
        await slow.head(*lines, "Content-Length: 100000")
        await asyncio.sleep(0.6)
        await slow.fill(100_000)
        assert await slow.status() == 200
        slow.close()
        larger = await guarded.connect()
        await larger.head(*lines, "Content-Length: 1000001")
        assert await larger.status() == 400
        larger.close()


async def test_a_small_body_needs_no_sign_in():
    async with Guarded() as guarded:
        client = await guarded.connect()
        await client.head("POST / HTTP/1.1", "Host: x", "Content-Length: 3")
        await client.fill(3)
        assert await client.status() == 200
        client.close()


@pytest.mark.parametrize("length", ["-1", "99999999999999999999999999", "1e9", "0x10", ""])
async def test_a_strange_length_is_refused(length):
    async with Guarded() as guarded:
        client = await guarded.connect()
        await client.head("POST / HTTP/1.1", "Host: x", f"Content-Length: {length}")
        assert await client.status() in (400, 413)
        client.close()


async def test_connections_of_one_network_are_bounded_and_do_not_bound_others(monkeypatch):
    monkeypatch.setattr(guarded_server, "MOST_OF_A_NETWORK", 3)
    async with Guarded() as guarded:
        kept = [await guarded.connect() for _ in range(3)]
        for client in kept:  # an answer shows that the server has accepted the connection
            await client.head("POST / HTTP/1.1", "Host: x", "Content-Length: 0")
            assert await client.status() == 200
        one_more = await guarded.connect()
        assert await one_more.is_closed()
        for address in ("127.0.0.10", "127.0.0.1"):
            other = await guarded.connect(address)
            await other.head("POST / HTTP/1.1", "Host: x", "Content-Length: 0")
            assert await other.status() == 200
            other.close()
        kept[0].close()
        async with asyncio.timeout(10):
            while guarded.server._open["127.0.0.9"] > 2:
                await asyncio.sleep(0.01)
        again = await guarded.connect()
        await again.head("POST / HTTP/1.1", "Host: x", "Content-Length: 0")
        assert await again.status() == 200
        for client in (*kept[1:], one_more, again):
            client.close()
