"""A guest whose code read, copied and wrote everything that it could, and who has lost access.

The guest's code runs as the notebook user: it may read the access list, and read and write the
members' file. Only what root alone can read is out of its reach.
"""

import hashlib
import json
import secrets
import time
from contextlib import suppress

import aiohttp
import pytest

from .jupyter_server import HASHER, OWN, Browser

BOBS_ONE_TIME, BOBS = "the-one-time-of-bob", "the own one of bob"
SESSION, BROWSER = "__Host-notebook-session", "__Host-notebook-browser"
STOLEN = "a password that Bob made"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Guest:
    """Bob's code on the server: it reads and writes the notebook user's files."""

    def __init__(self, server) -> None:
        self.server = server
        self.cookies = [secrets.token_urlsafe(32) for _ in range(2)]

    def read_all(self) -> list[str]:
        """Return each word that a file within reach contains."""
        texts = []
        for folder in ("state", "settings/access", "run", "work", "home"):
            for file in (self.server.folder / folder).rglob("*"):
                with suppress(OSError, UnicodeDecodeError):
                    texts.append(file.read_text() if file.is_file() else "")
        words = (word.strip('",:{}[] \n') for text in texts for word in text.split())
        return sorted({word for word in words if 8 < len(word) < 500 and word.isascii()})

    def write_all(self) -> None:
        """Write sessions, a claim, a browser, a password and a member into the members' file."""
        access = json.loads(self.server.access_list.read_text())["people"]
        deeds = json.loads(self.server.deeds.read_text())
        later = time.time() + 10**6
        for user, admitted in {**access, "U_EVE": access["U_BOB"]}.items():
            claim = {"sha256": sha256(f"claim-of-{user}"), "expires_at": later}
            deeds["people"][user] = {
                "stamp": admitted["stamp"],
                "one_time_used": True,
                "claim": claim,
                "password_hash": HASHER.hash(STOLEN),
                "proof": secrets.token_hex(32),
                "link": None,
                "link_spent": False,
            }
            for name in ("sessions", "browsers"):
                ticket = {"user": user, "stamp": admitted["stamp"], "ends_at": later}
                deeds[name][sha256(f"{name}-of-{user}")] = ticket
        self.server.deeds.write_text(json.dumps(deeds))

    async def is_refused_everywhere(self, words: list[str]) -> None:
        """Check that no word within reach, and nothing that was written, opens the server."""
        for user in (self.server.ana, "U_BOB", "U_EVE"):
            words += [f"sessions-of-{user}", f"claim-of-{user}", f"browsers-of-{user}"]
            async with self.server.browser(self.server.other_network()) as fresh:
                assert (await fresh.sign_in(STOLEN, user)).status == 401, user
                assert (await fresh.sign_in(BOBS, user)).status == 401, user
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self.server.ssl), cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            for word in words:
                for headers in (
                    {"Cookie": f"{SESSION}={word}; __Host-notebook-claim={word}"},
                    {"Authorization": f"token {word}"},
                ):
                    for path in ("/api/me", "/choose-password"):
                        url = self.server.url + path
                        async with session.get(url, headers=headers, allow_redirects=False) as got:
                            assert got.status in (302, 403), (path, headers)


@pytest.fixture
async def ana_and_bob(server):
    """Both have signed in; Ana's browser, and Bob's code."""
    server.plant(name="ana")
    server.plant("U_BOB", "bob", BOBS_ONE_TIME)
    async with server.browser() as ana, server.browser() as bob:
        await ana.enter(name="ana")
        await bob.enter(BOBS_ONE_TIME, own=BOBS, name="bob")
        yield ana, bob, Guest(server)


async def enters(browser: Browser, password: str, name: str = "") -> None:
    assert (await browser.sign_in(password, name)).status == 302
    assert (await browser.get("/api/kernels")).status == 200


async def test_what_a_former_guest_has_read_opens_nothing(server, ana_and_bob):
    ana, _, guest = ana_and_bob
    words = guest.read_all()
    assert words
    server.root.admit([server.ana])
    await guest.is_refused_everywhere(words)
    assert (await ana.get("/api/me")).status == 200


@pytest.mark.long
async def test_what_a_former_guest_has_written_opens_nothing_after_a_restart_either(
    server, ana_and_bob
):
    ana, bob, guest = ana_and_bob
    server.root.admit([server.ana, "U_BOB"])
    proven = server.deeds.read_text()
    guest.write_all()
    async with server.browser(**{"Cookie": f"{SESSION}=sessions-of-{server.ana}"}) as forged:
        assert (await forged.get("/api/me")).status == 200, "while he is a guest"
    server.root.admit([server.ana])
    await guest.is_refused_everywhere([])
    server.deeds.write_text(proven)
    server.restart()
    await guest.is_refused_everywhere(guest.read_all())
    for browser in (ana, bob):
        assert (await browser.get("/api/me")).status == 403
    server.plant(name="ana", password="another-one-time")
    await ana.enter("another-one-time", own="another own password")


async def test_the_own_passwords_of_the_others_outlive_the_end_of_a_share(server, ana_and_bob):
    ana, bob, guest = ana_and_bob
    server.root.admit([server.ana])
    assert (await ana.get("/api/me")).status == 200, "nor need she sign in again"
    async with server.browser() as fresh:
        await enters(fresh, OWN)
    server.plant("U_BOB", "bob", "another-one-time")
    await bob.enter("another-one-time", own=BOBS, name="bob")
    guest.write_all()
    server.root.admit([server.ana])
    await guest.is_refused_everywhere([])
    async with server.browser() as fresh:
        await enters(fresh, OWN)


async def test_an_access_list_without_removals_ends_no_session(server, ana_and_bob):
    ana, bob, _ = ana_and_bob
    server.root.hold()
    assert (await ana.get("/api/me")).status == 403
    server.root.admit([server.ana, "U_BOB", "U_EVE"])
    for browser in (ana, bob):
        assert (await browser.get("/api/me")).status == 200


@pytest.mark.parametrize("text", ["", "{", "[]", '{"people": {"U": 1}}', "null", "[" * 10**5])
async def test_a_damaged_file_of_the_members_opens_nothing_and_ends_no_password(
    server, ana_and_bob, text
):
    ana, bob, _ = ana_and_bob
    server.root.revoke("U_BOB")
    server.deeds.write_text(text)
    assert (await bob.get("/api/me")).status == 403
    assert (await ana.get("/api/me")).status == 200
    async with server.browser() as fresh:
        await enters(fresh, OWN)
