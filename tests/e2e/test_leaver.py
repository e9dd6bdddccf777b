"""Members who leave: a session, a terminal, an SSH session and a link end within a minute.

Bob leaves the group that may use the bot, and loses what was shared with him. Ana's account is
deactivated, so her own server is closed to her until an admin gives it back.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import asyncssh
import pytest
from playwright.async_api import Browser, Page, WebSocket, expect

from tests.e2e.demo import Demo, HandOver
from tests.e2e.notebook import LONG, sign_in
from tests.e2e.test_sharing import ANAS_PASSWORD, BOBS_PASSWORD, invitation, open_as, status_of

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(500)]

ALL_ENDED_SECONDS = 60.0


async def terminal_sockets(page: Page, url: str) -> list[WebSocket]:
    """Open a terminal, and return the page's websockets."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - a plain function
    await page.goto(f"{url}lab?reset")
    await page.locator(".jp-LauncherCard").filter(has_text="Terminal").first.click(timeout=LONG)
    await expect(page.locator(".jp-Terminal").first).to_be_visible(timeout=LONG)
    return sockets


async def connection(demo: Demo) -> tuple[str, str]:
    """Return Bob's link, and the entry for his SSH configuration."""
    await demo.command("connect sales", "U_BOB")

    async def find() -> tuple[str, str] | None:
        for message in reversed(await demo.cards("U_BOB")):
            link = re.search(r"`(https://[^`]+\?token=[^`]+)`", message["text"])
            entries = re.findall(r"```(.*?)```", json.dumps(message["blocks"]))
            if link and entries:
                return link[1], json.loads(f'"{entries[0]}"')
        return None

    return await demo.until(find)


async def link_works(link: str) -> bool:
    url, _, token = link.partition("?token=")
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}api/me", params={"token": token}, ssl=False) as answer,
    ):
        return answer.status == 200


async def admins_read(demo: Demo, *words: str) -> dict[str, Any]:
    async def find() -> dict[str, Any] | None:
        for message in reversed(await demo.cards("U_EVE")):
            if all(word in json.dumps(message, ensure_ascii=False) for word in words):
                return message
        return None

    return await demo.until(find)


class Bob:
    """All ways in that Bob has: a browser with a terminal, a link, an SSH session."""

    def __init__(self, demo: Demo, page: Page, folder: Path) -> None:
        self.demo, self.page, self.config = demo, page, folder / "ssh-config"
        self.key = asyncssh.generate_private_key("ssh-ed25519")

    async def come_in(self, url: str) -> None:
        seen = await terminal_sockets(self.page, url)
        await self.demo.until(lambda: any("terminals" in each.url for each in seen))
        self.sockets = list(seen)  # the page opens others later, in vain
        self.link, entry = await connection(self.demo)
        self.config.write_text(f"{entry}\n")
        self.ssh = await self.by_ssh()
        await self.ssh.create_process("sleep 600")
        assert await link_works(self.link)
        assert await status_of(self.page, "/api/kernels") == 200
        assert self.sockets
        assert not all(each.is_closed() for each in self.sockets)

    async def by_ssh(self) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            "notebook-sales",
            config=[str(self.config)],
            known_hosts=None,
            client_keys=[self.key],
            agent_path=None,
        )

    async def ways_in(self) -> list[str]:
        """Return the ways by which Bob is still in."""
        open_ways = {
            "session": await status_of(self.page, "/api/kernels") not in (401, 403),
            "link": await link_works(self.link),
            "ssh": not self.ssh.is_closed(),
            "websockets": not all(each.is_closed() for each in self.sockets),
        }
        return [way for way, is_open in open_ways.items() if is_open]


async def within_a_minute(ways_in: Callable[[], Awaitable[list[str]]], who: str) -> None:
    began = time.monotonic()
    while ways := await ways_in():
        assert time.monotonic() < began + ALL_ENDED_SECONDS, f"{who} is still in by {ways}"
        await asyncio.sleep(0.1)
    print(f"{who} is out after {time.monotonic() - began:.1f} s")


async def is_refused(browser: Browser, url: str, password: str, name: str | None = None) -> None:
    page = await (await browser.new_context(ignore_https_errors=True)).new_page()
    await sign_in(page, url, password, name)
    await expect(page.locator(".error")).to_be_visible()
    await page.context.close()


async def test_a_member_who_leaves_is_out_everywhere_within_a_minute(tmp_path, browser):
    async with Demo(tmp_path / "demo") as demo:
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales", seconds=240)
        ana = await open_as(browser, given.url, given.password, ANAS_PASSWORD)
        await demo.command("share sales @bob")
        url, one_time = await invitation(demo, "U_BOB")
        bob = Bob(demo, await open_as(browser, url, one_time, BOBS_PASSWORD, "bob"), tmp_path)
        public = bob.key.export_public_key().decode().strip()
        await demo.command(f"keys add {public}", "U_BOB")
        await bob.come_in(url)

        await demo.slack("/sandbox/people", {"user": "U_BOB", "groups": []})
        await within_a_minute(bob.ways_in, "Bob")
        await admins_read(demo, "no longer in a group", "`sales`", "1 SSH key was removed")
        with pytest.raises(asyncssh.PermissionDenied):
            await bob.by_ssh()
        assert await status_of(ana, "/api/kernels") == 200
        await is_refused(browser, url, BOBS_PASSWORD)

        await demo.slack("/sandbox/people", {"user": "U_ANA", "deleted": True})

        async def anas_ways_in() -> list[str]:
            return [] if await status_of(ana, "/api/kernels") in (401, 403) else ["session"]

        await within_a_minute(anas_ways_in, "Ana")
        await is_refused(browser, url, ANAS_PASSWORD)
        await given_back(demo, browser, given)
    assert demo.processes() == []


async def given_back(demo: Demo, browser: Browser, given: HandOver) -> None:
    """Ana comes back; an admin gives her the server, and she signs in with a new password."""
    await demo.slack("/sandbox/people", {"user": "U_ANA", "deleted": False})
    card = await admins_read(demo, "may use notebook servers again")
    assert "closed to you" in await demo.command("password sales")
    await demo.click(card, "leaver_give_back", "U_EVE")

    async def newer() -> HandOver | None:
        found = await demo.hand_over("sales")
        return found if found.password != given.password else None

    again = await demo.until(newer, 90)
    page = await open_as(browser, again.url, again.password, ANAS_PASSWORD)
    assert await status_of(page, "/api/kernels") == 200
