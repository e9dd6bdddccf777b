"""The main job: from `/notebook create ubuntu` to a running cell and to the deletion.

While the server lives and afterwards, everything that was written is searched for the passwords.
"""

import asyncio
import json
import sqlite3
from contextlib import suppress

import pytest
from playwright.async_api import expect

from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

OWN_PASSWORD = "my own long password"
PLOT = "import matplotlib.pyplot as plt; plt.plot([3, 1, 2]); print(6 * 7)"


async def type_command(page, text):
    composer = page.get_by_test_id("composer")
    await composer.fill(f"{text} ")  # the space closes the hints, so that Enter sends
    await composer.press("Enter")


async def create(demo, page, artifacts):
    await page.goto(f"{demo.url}/?user=U_ANA&place=C_GENERAL")
    await type_command(page, "/notebook create ubuntu sales")
    await expect(page.get_by_text("I'm creating")).to_be_visible()
    await page.screenshot(path=artifacts / "1-ack.png")
    await page.goto(f"{demo.url}/?user=U_ANA&place=D_ANA")
    await expect(page.get_by_text("Creating sales").first).to_be_visible(timeout=LONG)
    await page.screenshot(path=artifacts / "2-progress.png")

    given = await demo.hand_over("sales")
    await expect(page.get_by_text(given.password)).to_be_visible()
    await page.screenshot(path=artifacts / "3-ready.png")
    assert len(await demo.cards()) == 1
    return given


async def run_a_plot(browser, given, artifacts):
    context = await browser.new_context(
        ignore_https_errors=True, viewport={"width": 1280, "height": 850}
    )
    lab = await context.new_page()
    await sign_in(lab, given.url, given.password)
    await expect(lab.locator("#new_password")).to_be_visible()
    await lab.screenshot(path=artifacts / "4-choose-password.png")
    await choose_password(lab, OWN_PASSWORD)
    await run_cell(lab, PLOT)
    output = lab.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="42").first).to_be_visible(timeout=LONG)
    await expect(output.locator("img").first).to_be_visible(timeout=LONG)
    await lab.screenshot(path=artifacts / "5-cell.png")


async def the_used_password_is_refused(browser, given, artifacts):
    other = await browser.new_context(ignore_https_errors=True)
    second = await other.new_page()
    await sign_in(second, given.url, given.password)
    await expect(second.locator(".error")).to_be_visible()
    await second.screenshot(path=artifacts / "6-used-up.png")


async def test_a_new_member_creates_a_server_runs_a_cell_and_deletes_the_server(
    tmp_path, browser, artifacts
):
    async with Demo(tmp_path / "demo") as demo:
        page = await browser.new_page(viewport={"width": 1280, "height": 850})
        given = await create(demo, page, artifacts)
        await assert_in_no_file(demo, given.password)
        await run_a_plot(browser, given, artifacts)
        await the_used_password_is_refused(browser, given, artifacts)

        assert "sales" in await demo.command("list")
        assert "running" in await demo.command("status sales")
        assert await demo.resources("sales")

        newer = await demo.new_password("sales", given)
        await demo.delete("sales")
        assert await demo.resources() == []
        assert "no servers" in await demo.command("list")
        everything = await search_everything(demo)
        for password in (given.password, newer.password):
            assert everything_without(everything, password), "a password was written down"
        await page.reload()
        await page.screenshot(path=artifacts / "7-deleted.png")
    assert demo.processes() == []


async def search_everything(demo):
    """Return everything that was written, by its place.

    That is the database with the engine's history, the logs, the requests to Azure, and every file
    of the machines and the bot. Slack's own data is left out, since a DM is where a password
    belongs.
    """
    found = {}
    with sqlite3.connect(demo.folder / "bot.db") as connection:
        found["database"] = "\n".join(connection.iterdump())
    found["azure"] = json.dumps(await demo.azure("/sandbox/traffic?limit=100000"))
    assert "customData" in found["azure"]

    def read():
        for path in demo.folder.rglob("*"):
            inside = path.relative_to(demo.folder).parts
            if (
                path.is_file()
                and inside[0] not in ("slack", "cache")
                and "site-packages" not in inside
            ):
                with suppress(FileNotFoundError):  # a living server also removes files
                    found[str(path)] = path.read_bytes().decode("latin-1")

    await asyncio.to_thread(read)
    return found


def everything_without(everything, password):
    holders = [where for where, text in everything.items() if password in text]
    assert holders == []
    return True


async def assert_in_no_file(demo, password):
    """While the server lives, the password is written nowhere, and its hash only on the machine."""
    everything = await search_everything(demo)
    assert any("identity" in where or "state" in where for where in everything)
    assert everything_without(everything, password)
    assert "argon2" not in everything["database"]
    assert "argon2" not in everything["azure"]
