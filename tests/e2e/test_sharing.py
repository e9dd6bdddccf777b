"""Ana shares a server with Bob: both edit one notebook, until the end of the share cuts him off."""

import asyncio
import json
import re
import time

import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, SHOWN_CELL, choose_password, run_cell, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

ANAS_PASSWORD, BOBS_PASSWORD = "my own long password", "another long password"
VIEW = {"width": 1280, "height": 850}
CUT_OFF_SECONDS = 15.0


async def invitation(demo: Demo, user: str) -> tuple[str, str]:
    """Return the address and the one-time password in the member's DM."""

    async def find():
        for message in reversed(await demo.cards(user)):
            spans = re.findall(r"`([^`]+)`", message["text"])
            if "노트북 서버를 공유했습니다" in message["text"] and len(spans) == 2:
                return spans
        return None

    return await demo.until(find, 90)


async def status_of(page: Page, path: str) -> int:
    """Return the status of a request that the page's own script sends."""
    return await page.evaluate("async path => (await fetch(path)).status", path)


async def open_as(browser, url: str, one_time: str, own: str, name: str | None = None) -> Page:
    """Open a separate browser, sign in and choose an own password."""
    context = await browser.new_context(ignore_https_errors=True, viewport=VIEW)
    page = await context.new_page()
    await sign_in(page, url, one_time, name)
    await choose_password(page, own)
    await page.wait_for_url("**/lab**", timeout=LONG)
    return page


async def edit_together(ana: Page, bob: Page, url: str) -> list[WebSocket]:
    """Have Bob edit Ana's notebook, and return his open collaboration sockets."""
    sockets: list[WebSocket] = []
    bob.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - a plain function
    await bob.goto(f"{url}lab/tree/Untitled.ipynb?reset")
    cell = bob.locator(SHOWN_CELL).first
    await expect(cell).to_contain_text("answer = 6 * 7", timeout=LONG)
    await cell.click()
    await bob.keyboard.press("End")
    await bob.keyboard.type("  # bob was here")
    theirs = ana.locator(SHOWN_CELL).first
    await expect(theirs).to_contain_text("bob was here", timeout=LONG)
    await expect(ana.locator(".jp-remote-cursor").first).to_be_attached(timeout=LONG)
    await expect(ana.locator(".jp-remote-userFlag-name").first).to_have_text("bob")
    assert await status_of(bob, "/api/kernels") == 200
    rooms = [each for each in sockets if "collaboration/room" in each.url]
    assert rooms
    assert not all(each.is_closed() for each in rooms)
    return rooms


async def end_the_share(demo: Demo, bob: Page, rooms: list[WebSocket]) -> None:
    began = time.monotonic()
    assert "ending <@U_BOB>'s access" in await demo.command("unshare sales @bob")

    async def is_cut_off() -> bool:
        return await status_of(bob, "/api/kernels") in (401, 403)

    await demo.until(is_cut_off, CUT_OFF_SECONDS)
    refused_after = time.monotonic() - began
    await demo.until(lambda: all(each.is_closed() for each in rooms), CUT_OFF_SECONDS)
    print(f"refused after {refused_after:.1f} s, closed after {time.monotonic() - began:.1f} s")


async def test_two_members_share_a_notebook_until_the_share_ends(tmp_path, browser, artifacts):
    async with Demo(tmp_path / "demo") as demo:
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales")
        ana = await open_as(browser, given.url, given.password, ANAS_PASSWORD)
        await run_cell(ana, "answer = 6 * 7; print(answer)")
        output = ana.locator(".jp-OutputArea-output")
        await expect(output.filter(has_text="42").first).to_be_visible(timeout=LONG)

        answer = await demo.command("share sales @bob")
        assert "share its files and kernels" in answer
        url, one_time = await invitation(demo, "U_BOB")
        assert url == given.url
        for other in ("U_ANA", "U_EVE"):
            assert one_time not in json.dumps(await demo.messages(other))

        bob = await open_as(browser, url, one_time, BOBS_PASSWORD, name="bob")
        rooms = await edit_together(ana, bob, url)
        await ana.screenshot(path=artifacts / "sharing-ana-sees-bob.png")
        await bob.screenshot(path=artifacts / "sharing-bob.png")
        await end_the_share(demo, bob, rooms)
        await bob.screenshot(path=artifacts / "sharing-bob-cut-off.png")
        assert await status_of(ana, "/api/kernels") == 200

        async def is_notified() -> bool:
            (message,) = await demo.cards("U_BOB")
            return "더 이상 접근할 수 없습니다" in message["text"]

        await demo.until(is_notified)
        assert one_time not in json.dumps(await demo.messages("U_BOB"))
        assert "서버가 없습니다" in await demo.command("list", "U_BOB")
        again = await (await browser.new_context(ignore_https_errors=True)).new_page()
        await sign_in(again, url, BOBS_PASSWORD)
        await expect(again.locator(".error")).to_be_visible()
        await asyncio.gather(ana.close(), bob.close(), again.close())
    assert demo.processes() == []
