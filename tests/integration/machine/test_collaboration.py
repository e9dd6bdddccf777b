"""Two members in one notebook, in real browsers, until one of them loses access."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, WebSocket, expect

from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in

from .jupyter_server import OWN
from .test_closed_page import until

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.timeout(300)]
PICTURES = Path(__file__).resolve().parents[3] / "test-artifacts/machine"
CUT_OFF_SECONDS = 10.0
VIEW = {"width": 1280, "height": 850}


async def enter(chromium: Browser, url: str, one_time: str, name: str | None = None) -> Page:
    context = await chromium.new_context(ignore_https_errors=True, viewport=VIEW)
    page = await context.new_page()
    await sign_in(page, url, one_time, name)
    await choose_password(page, OWN)
    await page.wait_for_url("**/lab**", timeout=LONG)
    return page


async def test_members_see_each_others_cursors_until_one_is_revoked(server, chromium):
    server.plant("U_ANA", "ana", "the-one-time-of-ana")
    ana = await enter(chromium, server.url, "the-one-time-of-ana")
    await run_cell(ana, "answer = 6 * 7; print(answer)")
    output = ana.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="42").first).to_be_visible(timeout=LONG)

    server.plant("U_BOB", "bob", "the-one-time-of-bob")
    bob = await enter(chromium, server.url, "the-one-time-of-bob", "bob")
    sockets: list[WebSocket] = []
    bob.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - a plain function
    await bob.goto(f"{server.url}/lab/tree/Untitled.ipynb?reset")
    cell = bob.locator(".jp-Notebook .jp-Cell .cm-content").first
    await expect(cell).to_contain_text("answer = 6 * 7", timeout=LONG)
    await cell.click()
    await bob.keyboard.press("End")
    await bob.keyboard.type("  # bob was here")
    theirs = ana.locator(".jp-Notebook .jp-Cell .cm-content").first
    await expect(theirs).to_contain_text("bob was here", timeout=LONG)
    await expect(ana.locator(".jp-remote-cursor").first).to_be_attached(timeout=LONG)
    await expect(ana.locator(".jp-remote-userFlag-name").first).to_have_text("bob")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await ana.screenshot(path=PICTURES / "collaboration.png")
    rooms = [each for each in sockets if "collaboration/room" in each.url]
    assert rooms
    assert not all(each.is_closed() for each in rooms)

    server.root.revoke("U_BOB")
    await until(lambda: all(each.is_closed() for each in rooms), CUT_OFF_SECONDS)
    assert await bob.evaluate("async () => (await fetch('/api/kernels')).status") == 403
    assert await ana.evaluate("async () => (await fetch('/api/kernels')).status") == 200
    for page in (ana, bob):
        await page.context.close()
