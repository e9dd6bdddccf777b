"""Signing in to a real Jupyter server with the machine's identity provider."""

import asyncio
import hashlib
import json
import stat
import time
import uuid

import aiohttp
import pytest

from .jupyter_server import ONE_TIME, OWN


async def test_the_one_time_password_leads_to_an_own_one_and_into_jupyterlab(server):
    server.plant()
    async with server.browser() as browser:
        welcome = await browser.get("/lab")
        assert welcome.status == 302
        assert welcome.headers["Location"].startswith("/login?next=")
        signed_in = await browser.sign_in(ONE_TIME)
        assert signed_in.headers["Location"].startswith("/choose-password")
        chosen = await browser.choose(OWN)
        assert chosen.status == 302
        assert (await browser.get("/lab")).status == 200
        me = await (await browser.get("/api/me")).json()
    assert me["identity"]["username"] == server.ana
    assert me["identity"]["display_name"] == "Ana"


async def test_the_own_password_signs_in_from_another_browser(server):
    server.plant()
    async with server.browser() as first, server.browser() as second:
        await first.enter()
        assert (await second.sign_in(OWN)).status == 302
        assert (await second.get("/api/kernels")).status == 200
        assert (await first.get("/api/kernels")).status == 200


async def test_a_used_one_time_password_is_refused_and_says_so(server):
    server.plant()
    async with server.browser() as first, server.browser() as second:
        await first.enter()
        refused = await second.sign_in(ONE_TIME)
        assert refused.status == 401
        assert "already used" in await refused.text()


async def test_an_expired_one_time_password_is_refused_and_says_so(server):
    server.plant(seconds=-1)
    async with server.browser() as browser:
        refused = await browser.sign_in(ONE_TIME)
        assert refused.status == 401
        assert "expired" in await refused.text()


async def test_of_eight_sign_ins_at_once_with_the_one_time_password_one_wins(server):
    server.plant()
    browsers = [server.browser() for _ in range(8)]
    try:
        answers = await asyncio.gather(*(browser.sign_in(ONE_TIME) for browser in browsers))
    finally:
        await asyncio.gather(*(browser.__aexit__(None, None, None) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [302] + [401] * 7


async def test_between_the_one_time_password_and_an_own_one_nothing_may_be_called(server):
    server.plant()
    async with server.browser() as browser:
        await browser.sign_in(ONE_TIME)
        for path in ("/api/kernels", "/api/contents", "/api/me", "/api/terminals", "/api/status"):
            assert (await browser.get(path)).status == 403, path
        made = await browser.request("POST", "/api/kernels", json={}, headers=browser.xsrf())
        assert made.status == 403
        assert (await browser.get("/lab")).status == 302
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await browser.socket(f"/api/kernels/{uuid.uuid4()}/channels")


async def test_a_browser_that_was_closed_before_choosing_needs_a_new_one_time_password(server):
    server.plant()
    async with server.browser() as closed:
        await closed.sign_in(ONE_TIME)
    async with server.browser() as fresh:
        assert (await fresh.sign_in(ONE_TIME)).status == 401
        assert (await fresh.get("/choose-password")).headers["Location"].startswith("/login")
        server.plant(password="another-one-time")
        await fresh.enter("another-one-time")


async def test_a_form_without_its_token_is_refused(server):
    server.plant()
    async with server.browser() as browser:
        await browser.get("/login")
        answer = await browser.request("POST", "/login", data={"password": ONE_TIME})
        assert answer.status == 403
        assert server.store.person(server.ana).one_time is not None


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("short", "short", "at least 10 characters"),
        (ONE_TIME, ONE_TIME, "Choose another one"),
        ("correct horse battery", "correct horse batery", "not the same"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "too easy to guess"),
        ("a1b2" * 300, "a1b2" * 300, "at most 1000"),
    ],
)
async def test_a_bad_own_password_gets_a_sentence_and_another_try(
    server, password, again, sentence
):
    server.plant()
    async with server.browser() as browser:
        await browser.sign_in(ONE_TIME)
        refused = await browser.choose(password, again)
        assert refused.status == 400
        assert sentence in await refused.text()
        assert (await browser.choose(OWN)).status == 302


async def test_after_three_wrong_passwords_the_next_have_to_wait(server):
    server.plant()
    browsers = [server.browser(**{"X-Forwarded-For": f"10.1.1.{n}"}) for n in range(12)]
    statuses = []
    try:
        for browser in browsers:
            answer = await browser.sign_in("a wrong guess")
            statuses.append(answer.status)
            if answer.status == 429:
                assert 1 <= int(answer.headers["Retry-After"]) <= 300
                assert "Too many wrong passwords" in await answer.text()
    finally:
        await asyncio.gather(*(browser.__aexit__(None, None, None) for browser in browsers))
    assert statuses == [401] * 3 + [429] * 9


async def test_twelve_wrong_passwords_at_once_get_no_more_tries(server):
    server.plant()
    browsers = [server.browser() for _ in range(12)]
    try:
        answers = await asyncio.gather(*(each.sign_in("a wrong guess") for each in browsers))
    finally:
        await asyncio.gather(*(browser.__aexit__(None, None, None) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [401] * 3 + [429] * 9


async def test_a_stranger_who_guesses_makes_no_known_browser_wait(server):
    server.plant()
    async with server.browser() as known, server.browser() as stranger:
        await known.enter()
        await known.get("/logout")
        for _ in range(4):
            guessed = await stranger.sign_in("a wrong guess")
        assert guessed.status == 429
        assert (await known.sign_in(OWN)).status == 302
        assert (await stranger.sign_in(OWN)).status == 429


async def test_cookies_are_for_this_host_over_https_alone_and_live_seven_days(server):
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


async def test_a_revoked_person_is_out_and_their_sockets_close_within_seconds(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
        socket = await browser.socket(f"/api/kernels/{kernel}/channels")
        assert server.store.revoke(server.ana)
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


async def test_a_socket_of_somebody_else_stays_open(server):
    server.plant()
    async with server.browser() as ana, server.browser() as bob:
        await ana.enter()
        server.plant("U_BOB", "Bob", "the-one-time-of-bob")
        await bob.enter("the-one-time-of-bob", own="the own one of bob", name="bob")
        first = await ana.socket("/api/events/subscribe")
        second = await bob.socket("/api/events/subscribe")
        server.store.revoke("U_BOB")
        async with asyncio.timeout(8):
            while not second.closed:
                await second.receive()
        assert not first.closed
        assert (await ana.get("/api/me")).status == 200


async def test_a_held_server_lets_nobody_in_and_forgets_nobody(server):
    server.plant()
    server.plant("U_BOB", "Bob", "the-one-time-of-bob")
    async with server.browser() as ana, server.browser() as bob:
        await ana.enter(name="ana")
        await bob.enter("the-one-time-of-bob", own="the own one of bob", name="bob")
        server.store.hold()
        for browser in (ana, bob):
            assert (await browser.get("/api/kernels")).status == 403
        refused = await ana.sign_in(OWN, "ana")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
        server.store.admit([server.ana])
        assert (await ana.get("/api/kernels")).status == 200
        assert (await bob.get("/api/kernels")).status == 403
        assert (await bob.sign_in("the own one of bob", "bob")).status == 401


async def test_two_people_sign_in_by_name_each_as_themselves(server):
    server.plant()
    server.plant("U_BOB", "Bob", "the-one-time-of-bob")
    async with server.browser() as browser, server.browser() as other:
        assert "Your name in Slack" in await (await browser.get("/login")).text()
        assert (await other.sign_in(ONE_TIME, name="Bob")).status == 401
        await browser.enter("the-one-time-of-bob", own="the own one of bob", name=" BOB ")
        me = await (await browser.get("/api/me")).json()
        assert me["identity"]["username"] == "U_BOB"
        assert (await other.sign_in("the own one of bob", name="nobody")).status == 401


async def test_people_change_how_others_see_them_and_it_stays(server):
    server.plant()
    async with server.browser() as browser, server.browser() as other:
        await browser.enter()
        changed = await browser.request(
            "PATCH", "/api/me", json={"display_name": "Ana María"}, headers=browser.xsrf()
        )
        assert changed.status == 200, await changed.text()
        await other.sign_in(OWN)
        me = await (await other.get("/api/me")).json()
        assert me["identity"]["display_name"] == "Ana María"
        assert me["identity"]["username"] == server.ana
        for bad in ({"username": "U_EVE"}, {"display_name": "x" * 101}, {"avatar_url": "data:,"}):
            refused = await browser.request("PATCH", "/api/me", json=bad, headers=browser.xsrf())
            assert refused.status == 400, bad


async def test_signing_out_ends_the_session_of_that_browser(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        assert "Signed out" in await (await browser.get("/logout")).text()
        assert (await browser.get("/api/kernels")).status == 403


async def test_after_signing_in_nobody_is_sent_to_another_site(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        for target in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
            answer = await browser.get("/login", params={"next": target})
            assert answer.status == 302
            assert not answer.headers["Location"].startswith(("https://evil", "//", "/\\")), target


async def test_jupyters_own_token_opens_nothing(server):
    server.plant()
    async with server.browser() as browser:
        for path in ("/api/kernels?token=", "/api/kernels?token=x"):
            assert (await browser.get(path)).status == 403
        headers = {"Authorization": "token "}
        assert (await browser.get("/api/kernels", headers=headers)).status == 403
    for file in (server.folder / "run").glob("jpserver-*.json"):
        assert json.loads(file.read_text())["token"] == ""


async def test_the_probes_token_works_in_the_header_alone(server):
    server.plant()
    server.store.set_probe(hashlib.sha256(b"probe-token").hexdigest())
    async with server.browser() as browser:
        header = {"Authorization": "token probe-token"}
        assert (await browser.get("/api/kernels", headers=header)).status == 200
        wrong = {"Authorization": "token probe-tokem"}
        assert (await browser.get("/api/kernels", headers=wrong)).status == 403
        assert (await browser.get("/api/kernels?token=probe-token")).status == 403
        assert browser.cookies().get("__Host-notebook-session") is None


async def test_no_secret_is_in_the_log_or_the_state(server):
    server.plant()
    async with server.browser() as browser, server.browser() as other:
        await other.sign_in("a wrong guess")
        await browser.enter()
        await other.sign_in(ONE_TIME)
        claim = browser.cookies().get("__Host-notebook-session", "")
    state = server.store.read()
    people = (server.folder / "state/users.json").read_text()
    for secret in (ONE_TIME, OWN, "a wrong guess", claim.split("|")[-1] or "-"):
        assert secret not in server.log
        assert secret not in people
    assert state.people[server.ana].password_hash.startswith("$argon2id$")
    for name in ("users.json", "users.lock", "cookie-secret", "tls/notebook.key"):
        mode = stat.S_IMODE((server.folder / "state" / name).stat().st_mode)
        assert mode == 0o600, name


async def test_the_server_answers_others_while_a_password_is_checked(server):
    server.plant()
    async with server.browser() as guessing, server.browser() as other:
        guess = asyncio.create_task(guessing.sign_in("a wrong guess"))
        longest = 0.0
        while not guess.done():
            began = time.monotonic()
            await other.get("/api")
            longest = max(longest, time.monotonic() - began)
        await guess
    assert longest < 1.0


async def test_kernels_are_reached_over_unix_sockets_of_the_user_alone(server):
    server.plant()
    async with server.browser() as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
    connection = json.loads((server.folder / f"run/kernel-{kernel}.json").read_text())
    assert connection["transport"] == "ipc"
    assert (server.folder / "run").stat().st_mode & 0o077 == 0
