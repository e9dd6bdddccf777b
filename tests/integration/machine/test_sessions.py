"""Sessions on a real Jupyter server: cookies, open sockets, tokens and the end of access."""

import asyncio
import hashlib
import json
import time

import aiohttp
import pytest

from .jupyter_server import ONE_TIME, OWN

SESSION = "__Host-notebook-session"


async def test_cookies_are_limited_to_this_host_and_https_for_seven_days(server):
    server.plant()
    async with server.browser() as browser:
        await browser.sign_in(ONE_TIME)
        chosen = await browser.choose(OWN)
    cookie = next(
        value
        for value in chosen.headers.getall("Set-Cookie")
        if value.startswith("__Host-notebook-session=") and "expires" in value
    ).lower()
    assert "secure" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    expires = time.mktime(time.strptime(cookie.split("expires=")[1][5:25], "%d %b %Y %H:%M:%S"))
    assert 6.9 < (expires - time.mktime(time.gmtime())) / 86400 < 7.1


async def test_a_revoked_member_has_no_access_and_their_sockets_close_within_seconds(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
        socket = await browser.socket(f"/api/kernels/{kernel}/channels")
        assert server.root.revoke(server.ana)
        async with asyncio.timeout(8):
            while not socket.closed:
                await socket.receive()
        assert socket.close_code == 4401
        assert (await browser.get("/api/kernels")).status == 403


async def test_a_new_one_time_password_ends_the_older_sessions_and_passwords(server):
    server.plant()
    async with server.browser() as browser, server.browser() as fresh:
        await browser.enter()
        socket = await browser.socket("/api/events/subscribe")
        server.plant(password="another-one-time")
        async with asyncio.timeout(8):
            while not socket.closed:
                await socket.receive()
        assert (await browser.get("/api/kernels")).status == 403
        assert (await fresh.sign_in(OWN)).status == 401
        await fresh.enter("another-one-time", own="a new own password")
        assert (await fresh.get("/api/kernels")).status == 200


@pytest.mark.parametrize(
    "path", ["/api/collaboration/room/JupyterLab:globalAwareness", "/api/events/subscribe"]
)
async def test_a_page_of_another_site_opens_no_socket_with_a_members_cookie(server, path):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        for origin in ("https://evil.example", "https://127.0.0.1:1", "null", "https://[bad"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await browser.socket(path, origin=origin)
        for origin in (server.url, None):
            socket = await browser.socket(path, origin=origin)
            await socket.close()


async def test_another_members_socket_stays_open(server):
    server.plant()
    async with server.browser() as ana, server.browser() as bob:
        await ana.enter()
        server.plant("U_BOB", "Bob", "the-one-time-of-bob")
        await bob.enter("the-one-time-of-bob", own="the own one of bob", name="bob")
        first = await ana.socket("/api/events/subscribe")
        second = await bob.socket("/api/events/subscribe")
        server.root.revoke("U_BOB")
        async with asyncio.timeout(8):
            while not second.closed:
                await second.receive()
        assert not first.closed
        assert (await ana.get("/api/me")).status == 200


async def test_a_held_server_admits_no_member_and_keeps_their_passwords(server):
    server.plant()
    server.plant("U_BOB", "Bob", "the-one-time-of-bob")
    async with server.browser() as ana, server.browser() as bob:
        await ana.enter(name="ana")
        await bob.enter("the-one-time-of-bob", own="the own one of bob", name="bob")
        server.root.hold()
        for browser in (ana, bob):
            assert (await browser.get("/api/kernels")).status == 403
        refused = await ana.sign_in(OWN, "ana")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
        server.root.admit([server.ana])
        assert (await ana.get("/api/kernels")).status == 200
        assert (await bob.get("/api/kernels")).status == 403
        assert (await bob.sign_in("the own one of bob", "bob")).status == 401


async def test_signing_out_ends_the_session_of_that_browser_and_of_its_copied_cookies(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        copied = {"Cookie": f"{SESSION}={browser.cookies()[SESSION]}"}
        async with server.browser(**copied) as copy:
            assert (await copy.get("/api/kernels")).status == 200
        assert "Signed out" in await (await browser.get("/logout")).text()
        assert (await browser.get("/api/kernels")).status == 403
        async with server.browser(**copied) as copy:
            assert (await copy.get("/api/kernels")).status == 403


async def test_after_signing_in_no_redirect_leads_to_another_site(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
            answer = await browser.get("/login", params={"next": target})
            assert answer.status == 302
            assert not answer.headers["Location"].startswith(("https://evil", "//", "/\\")), target


async def test_jupyters_own_token_gives_no_access(server):
    server.plant()
    async with server.browser() as browser:
        for path in ("/api/kernels?token=", "/api/kernels?token=x"):
            assert (await browser.get(path)).status == 403
        headers = {"Authorization": "token "}
        assert (await browser.get("/api/kernels", headers=headers)).status == 403
    for file in (server.folder / "run").glob("jpserver-*.json"):
        assert json.loads(file.read_text())["token"] == ""


async def test_the_probes_token_works_only_in_the_header(server):
    server.plant()
    server.root.set_probe(hashlib.sha256(b"probe-token").hexdigest())
    async with server.browser("127.0.0.1") as browser:
        header = {"Authorization": "token probe-token"}
        assert (await browser.get("/api/kernels", headers=header)).status == 200
        wrong = {"Authorization": "token probe-tokem"}
        assert (await browser.get("/api/kernels", headers=wrong)).status == 403
        assert (await browser.get("/api/kernels?token=probe-token")).status == 403
        assert browser.cookies().get("__Host-notebook-session") is None


async def test_kernels_use_unix_sockets_that_only_the_user_can_open(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
    connection = json.loads((server.folder / f"run/kernel-{kernel}.json").read_text())
    assert connection["transport"] == "ipc"
    assert (server.folder / "run").stat().st_mode & 0o077 == 0
