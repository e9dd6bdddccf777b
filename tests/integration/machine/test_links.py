"""One-time links, with which a Jupyter client without a browser signs in."""

import asyncio
import hashlib
import secrets
import time

import aiohttp
import pytest

from provisioning.machine.notebook_identity.links import SECONDS, Link, network_of

from .jupyter_server import ONE_TIME

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.9"


def give(server, user=None, seconds: float = 600) -> str:
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert server.root.give_link(user or server.ana, digest, time.time() + seconds)
    return token


class Client:
    """A program that sends the token with each request and keeps no cookies."""

    def __init__(self, server, token: str, address: str = HERE, scheme: str = "token") -> None:
        self._server = server
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"{scheme} {token}"} if scheme else {},
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(ssl=server.ssl, local_addr=(address, 0)),
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def status(self, path: str = "/api/kernels", method: str = "GET", **options) -> int:
        url = self._server.url + path
        async with self._session.request(method, url, allow_redirects=False, **options) as answer:
            return answer.status

    async def socket(self, path: str) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(self._server.url.replace("https", "wss") + path)


@pytest.fixture
def linked(server):
    server.plant()
    return server


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["token", "Bearer"])
async def test_a_link_works_only_from_the_first_address_that_uses_it(linked, scheme):
    token = give(linked)
    async with Client(linked, token, scheme=scheme) as first, Client(linked, token, ELSEWHERE) as b:
        assert await first.status() == 200
        assert await b.status() == 403
        assert await first.status() == 200
        assert await first.status("/api/kernels", "POST", json={"name": "python3"}) == 201


async def test_of_many_simultaneous_addresses_only_one_gets_the_link(linked):
    token = give(linked)
    clients = [Client(linked, token, f"127.0.0.{n}") for n in range(1, 9)]
    answers = await asyncio.gather(*(each.status() for each in clients))
    assert sorted(answers) == [200] + 7 * [403]
    for each in clients:
        await each.__aexit__()


async def test_a_link_expires_if_it_is_not_used_in_time(linked):
    async with Client(linked, give(linked, seconds=-1)) as late:
        assert await late.status() == 403


async def test_a_newer_link_ends_the_older_one(linked):
    async with Client(linked, give(linked)) as older:
        assert await older.status() == 200
        async with Client(linked, give(linked)) as newer:
            assert await older.status() == 403
            assert await newer.status() == 200


async def test_a_browser_signs_in_with_a_link_and_uses_it_up(linked):
    token = give(linked)
    async with linked.browser(**{"Sec-Fetch-Mode": "navigate"}) as browser:
        assert (await browser.get(f"/lab?token={token}")).status == 200
        assert (await browser.get("/api/kernels")).status == 200
        async with Client(linked, token) as client:
            assert await client.status() == 403


async def test_the_end_of_access_closes_a_clients_open_socket_within_seconds(linked):
    async with Client(linked, give(linked)) as client:
        socket = await client.socket("/api/events/subscribe")
        linked.root.revoke(linked.ana)
        async with asyncio.timeout(8):
            while not socket.closed:
                await socket.receive()
        assert socket.close_code == 4401
        assert await client.status() == 403


async def test_a_held_server_refuses_clients_and_keeps_their_links(linked):
    async with Client(linked, give(linked)) as client:
        assert await client.status() == 200
        linked.root.hold()
        assert await client.status() == 403
        linked.root.admit([linked.ana])
        assert await client.status() == 200


async def test_a_new_password_ends_a_link(linked):
    async with Client(linked, give(linked)) as client:
        assert await client.status() == 200
        linked.plant(password=ONE_TIME)
        assert await client.status() == 403


async def test_a_member_without_access_gets_no_link(linked):
    assert not linked.root.give_link("U_BOB", "0" * 64, time.time() + 60)


async def test_a_token_is_in_no_file_of_the_server(linked):
    token = give(linked)
    async with Client(linked, token, scheme="") as client:
        assert await client.status(f"/api/kernels?token={token}") == 200
        assert await client.status(f"/no-such-page?token={token}") == 404
        assert await client.status("/api/kernels?token=wrong") == 403
    files = [path for path in linked.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if token.encode() in path.read_bytes()]


def test_a_used_link_ends_after_a_week():
    link = Link("", use_until=100.0)
    link.use("10.0.0.1", 50.0)
    assert link.opens_for("10.0.0.1", 50.0 + SECONDS - 1)
    assert not link.opens_for("10.0.0.1", 50.0 + SECONDS)


def test_an_ipv6_address_counts_by_its_network():
    assert network_of("2001:db8::1%eth0") == network_of("2001:db8::2:3") == "2001:db8::/64"
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
