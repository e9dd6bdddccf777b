"""Signing in to a real Jupyter server with the machine's identity provider."""

import asyncio
import shutil
import stat
import time
import uuid
from contextlib import asynccontextmanager

import aiohttp
import pytest

from .jupyter_server import ONE_TIME, OWN


async def test_a_member_signs_in_with_the_one_time_password_and_chooses_an_own_one(server):
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


async def test_a_used_one_time_password_is_refused_with_the_reason(server):
    server.plant()
    async with server.browser() as first, server.browser() as second:
        await first.enter()
        refused = await second.sign_in(ONE_TIME)
        assert refused.status == 401
        assert "already been used" in await refused.text()


async def test_an_expired_one_time_password_is_refused_with_the_reason(server):
    server.plant(seconds=-1)
    async with server.browser() as browser:
        refused = await browser.sign_in(ONE_TIME)
        assert refused.status == 401
        assert "expired" in await refused.text()


async def test_only_one_of_eight_simultaneous_sign_ins_gets_the_one_time_password(server):
    server.plant()
    browsers = [server.browser() for _ in range(8)]
    try:
        answers = await asyncio.gather(*(browser.sign_in(ONE_TIME) for browser in browsers))
    finally:
        await asyncio.gather(*(browser.__aexit__(None, None, None) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [302] + [401] * 7


async def test_before_an_own_password_is_chosen_every_request_is_refused(server):
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
        assert not server.members.person(server.ana).one_time_used


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("short", "short", "at least 10 characters"),
        (ONE_TIME, ONE_TIME, "can be used only once"),
        ("correct horse battery", "correct horse batery", "differ"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "too easy to guess"),
        ("a1b2" * 300, "a1b2" * 300, "at most 1000"),
    ],
)
async def test_a_bad_own_password_is_explained_and_may_be_changed(
    server, password, again, sentence
):
    server.plant()
    async with server.browser() as browser:
        await browser.sign_in(ONE_TIME)
        refused = await browser.choose(password, again)
        assert refused.status == 400
        assert sentence in await refused.text()
        assert (await browser.choose(OWN)).status == 302


async def test_after_three_wrong_passwords_attempts_must_wait(server):
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


async def test_simultaneous_wrong_passwords_get_no_additional_attempts(server):
    server.plant()
    browsers = [server.browser() for _ in range(12)]
    try:
        answers = await asyncio.gather(*(each.sign_in("a wrong guess") for each in browsers))
    finally:
        await asyncio.gather(*(browser.__aexit__(None, None, None) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [401] * 3 + [429] * 9


async def test_a_strangers_guesses_do_not_delay_a_known_browser(server):
    server.plant()
    async with server.browser() as known, server.browser() as stranger:
        await known.enter()
        await known.get("/logout")
        for _ in range(4):
            guessed = await stranger.sign_in("a wrong guess")
        assert guessed.status == 429
        assert (await known.sign_in(OWN)).status == 302
        assert (await stranger.sign_in(OWN)).status == 429


@asynccontextmanager
async def hammering(server, name: str = ""):
    """Two browsers of a stranger that guess without a pause, until they have to wait."""
    network, answers, over = server.other_network(), [], asyncio.Event()

    async def guess(browser) -> None:
        while not over.is_set():
            answers.append((await browser.sign_in("a wrong guess", name)).status)

    async with server.browser(network) as one, server.browser(network) as two:
        tasks = [asyncio.create_task(guess(browser)) for browser in (one, two)]
        try:
            while 429 not in answers:
                await asyncio.sleep(0.05)
            yield one
        finally:
            over.set()
            await asyncio.gather(*tasks)


async def test_while_a_stranger_guesses_the_one_time_password_opens_at_once(server):
    server.plant()
    async with hammering(server), server.browser() as browser:
        assert (await browser.sign_in(ONE_TIME)).status == 302


async def test_a_one_time_password_opens_from_the_very_network_that_must_wait(server):
    server.plant()
    async with hammering(server) as stranger:
        pass
    async with server.browser(stranger.client) as browser:
        assert (await browser.sign_in("a wrong guess")).status == 429
        assert (await browser.sign_in(ONE_TIME)).status == 302


async def test_while_a_stranger_guesses_the_own_password_opens_from_another_network(server):
    server.plant()
    async with server.browser() as first:
        await first.enter()
    async with hammering(server), server.browser(server.other_network()) as elsewhere:
        assert (await elsewhere.sign_in(OWN)).status == 302


async def test_who_must_wait_is_told_how_long_and_what_works_at_once(server):
    server.plant()
    async with hammering(server) as stranger:
        pass
    async with server.browser(stranger.client) as browser:
        refused = await browser.sign_in("a wrong guess")
        page = await refused.text()
        assert "/notebook connect" in page
        assert "Try again in 10 seconds" in page
        assert refused.headers["Retry-After"] == "10", "no robot learns that it is 5 seconds"


async def test_an_unknown_name_is_refused_like_a_known_one(server):
    server.plant()
    server.plant("U_BOB", "Bob", "the-one-time-of-bob")
    async with server.browser() as bob:
        await bob.enter("the-one-time-of-bob", own="the own one of bob", name="Bob")
    for name in ("Bob", server.ana, "no-such-person"):
        async with server.browser() as stranger:
            answers = [await stranger.sign_in("a wrong guess", name) for _ in range(4)]
        assert [answer.status for answer in answers] == [401, 401, 401, 429], name


async def test_two_members_sign_in_with_their_names(server):
    server.plant()
    server.plant("U_BOB", "Bob", "the-one-time-of-bob")
    async with server.browser() as browser, server.browser() as other:
        assert "Your name in Slack" in await (await browser.get("/login")).text()
        assert (await other.sign_in(ONE_TIME, name="Bob")).status == 401
        await browser.enter("the-one-time-of-bob", own="the own one of bob", name=" BOB ")
        me = await (await browser.get("/api/me")).json()
        assert me["identity"]["username"] == "U_BOB"
        assert (await other.sign_in("the own one of bob", name="nobody")).status == 401


async def test_members_change_their_profile_permanently(server):
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


async def test_no_secret_is_in_the_log_or_the_state(server):
    server.plant()
    async with server.browser() as browser, server.browser() as other:
        await other.sign_in("a wrong guess")
        await browser.enter()
        await other.sign_in(ONE_TIME)
        cookies = browser.cookies()
        session, known = (cookies[f"__Host-notebook-{name}"] for name in ("session", "browser"))
    files = server.deeds.read_text() + server.access_list.read_text()
    for secret in (ONE_TIME, OWN, "a wrong guess", session, known):
        assert secret not in server.log
        assert secret not in files
    assert server.members.person(server.ana).password_hash.startswith("$argon2id$")
    assert not (server.folder / "state/cookie-secret").exists()
    for name in ("members.json", "members.lock", "tls/notebook.key"):
        mode = stat.S_IMODE((server.folder / "state" / name).stat().st_mode)
        assert mode == 0o600, name


async def test_the_server_answers_other_requests_while_a_password_is_checked(server):
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


async def test_a_korean_browser_reads_korean_pages(server):
    server.plant()
    korean = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
    async with server.browser(**korean) as browser:
        page = await (await browser.get("/login")).text()
        assert '<html lang="ko">' in page
        assert "<code>/notebook password" in page
        assert "로그인" in page
        refused = await browser.sign_in("a wrong guess")
        assert "비밀번호가 맞지 않습니다." in await refused.text()
        await browser.sign_in(ONE_TIME)
        short = await (await browser.choose("short")).text()
        assert "10자 이상으로 정하세요" in short
        assert (await browser.choose(OWN)).status == 302
        assert "로그아웃했습니다" in await (await browser.get("/logout")).text()


async def test_another_browser_reads_english_pages(server):
    server.plant()
    async with server.browser(**{"Accept-Language": "fr"}) as browser:
        page = await (await browser.get("/login")).text()
        assert '<html lang="en">' in page
        assert "use the one-time password from your Slack message" in page
        assert "Signed out" in await (await browser.get("/logout")).text()


@pytest.fixture
def welcome(server):
    """A server with the welcome notebook, on which nobody has opened JupyterLab."""
    server.plant()
    page, remembered = server.folder / "work/welcome.ipynb", server.folder / "workspaces"
    shutil.rmtree(remembered, ignore_errors=True)
    page.write_text("{}")
    yield remembered
    page.unlink(missing_ok=True)
    shutil.rmtree(remembered, ignore_errors=True)


async def first_page(server, came_to="/"):
    """Return where a member is led who comes to this page and chooses a password."""
    async with server.browser() as browser:
        place = came_to
        while not place.startswith("/login"):
            place = (await browser.get(place)).headers["Location"]
        to_choice = (await browser.submit(place, password=ONE_TIME, name="")).headers["Location"]
        chosen = await browser.submit(to_choice, new_password=OWN, again=OWN)
        return chosen.headers["Location"]


@pytest.mark.parametrize("came_to", ["/", "/lab"])
async def test_the_first_sign_in_opens_the_welcome_notebook(server, welcome, came_to):
    assert await first_page(server, came_to) == "/lab/tree/welcome.ipynb"


async def test_a_page_that_was_asked_for_is_opened_instead(server, welcome):
    assert "other.ipynb" in await first_page(server, "/lab/tree/other.ipynb")


async def test_once_jupyterlab_was_open_a_sign_in_leads_back_to_it(server, welcome):
    welcome.mkdir()
    (welcome / "default.jupyterlab-workspace").write_text("{}")
    assert "welcome" not in await first_page(server)


async def test_without_the_welcome_notebook_the_first_sign_in_opens_jupyterlab(server, welcome):
    (server.folder / "work/welcome.ipynb").unlink()
    assert "welcome" not in await first_page(server)
