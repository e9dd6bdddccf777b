"""Stop and start in the Home tab: the machine is deallocated, and no file is lost.

The test also checks the picture of the usage.
"""

import aiohttp
import pytest
from playwright.async_api import expect

from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

OWN_PASSWORD = "my own long password"


async def card_says(demo, text):
    """Wait for a message of the bot with this text, and return it."""

    async def says_so():
        return next((card for card in await demo.cards() if text in card["text"]), None)

    return await demo.until(says_so, 90)


async def click_home(home, words):
    """Click a button of the server's card, and close the answer; a stop is asked about first."""
    page = home.page
    if words == "Stop":
        await home.get_by_role("button", name="More actions").first.click()
        await page.get_by_role("menuitem", name=words, exact=True).first.click()
        await page.get_by_test_id("modal-submit").click()
    else:
        await home.get_by_role("button", name=words, exact=True).first.click()
    answer = {"Stop": "I'm stopping", "Start": "I'm starting"}[words]
    await page.get_by_test_id("modal").get_by_text(answer).wait_for()
    await page.get_by_role("button", name="Close").last.click()


async def power_state(demo):
    """Return Azure's power state of the only machine."""
    (vm,) = [each for each in await demo.resources() if each["type"].endswith("virtualMachines")]
    return vm["powerState"]


async def write_a_file(browser, given):
    context = await browser.new_context(ignore_https_errors=True)
    lab = await context.new_page()
    await sign_in(lab, given.url, given.password)
    await choose_password(lab, OWN_PASSWORD)
    await run_cell(lab, "open('kept.txt', 'w').write('still here'); print('written')")
    output = lab.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="written").first).to_be_visible(timeout=LONG)


async def stop(demo, home, given, artifacts):
    await expect(home.get_by_text("this month").first).to_be_visible()
    await home.page.screenshot(path=artifacts / "home-running.png")
    await click_home(home, "Stop")
    await card_says(demo, "sales is stopped")
    await expect(home.get_by_text("stopped").first).to_be_visible()
    await home.page.screenshot(path=artifacts / "home-stopped.png")
    assert await power_state(demo) == "deallocated"
    with pytest.raises(aiohttp.ClientConnectionError):
        await demo.session.get(given.url, ssl=False)
    assert "already" in await demo.command("stop sales")


async def start(demo, home):
    await click_home(home, "Start")
    await card_says(demo, "sales is running")
    await expect(home.get_by_text("running").first).to_be_visible()
    assert await power_state(demo) == "running"


async def read_the_file(browser, given):
    again = await browser.new_context(ignore_https_errors=True)
    page = await again.new_page()
    await sign_in(page, given.url, OWN_PASSWORD)
    await page.wait_for_url("**/lab**", timeout=LONG)
    await page.goto(f"{given.url}lab?reset")  # without the earlier tabs
    await run_cell(page, "print(open('kept.txt').read())")
    output = page.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="still here").first).to_be_visible(timeout=LONG)


async def show_the_usage(slack, artifacts):
    composer = slack.get_by_test_id("composer")
    await composer.fill("/notebook usage ")
    await composer.press("Enter")
    picture = slack.locator(".file-image img")
    await expect(picture).to_be_visible(timeout=LONG)
    await expect(picture).to_have_js_property("naturalWidth", 1200)
    await picture.scroll_into_view_if_needed()
    await slack.screenshot(path=artifacts / "usage-picture.png")


async def test_a_stopped_server_starts_again_with_its_files_and_its_password(
    tmp_path, browser, artifacts
):
    async with Demo(tmp_path / "demo") as demo:
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales")
        await write_a_file(browser, given)
        slack = await browser.new_page(viewport={"width": 1280, "height": 850})
        await slack.goto(f"{demo.url}/?user=U_ANA&place=home")
        home = slack.get_by_test_id("home")
        await stop(demo, home, given, artifacts)
        await start(demo, home)
        await read_the_file(browser, given)
        await slack.goto(f"{demo.url}/?user=U_ANA&place=D_ANA")
        await expect(slack.get_by_text("sales is running").first).to_be_visible()
        await slack.screenshot(path=artifacts / "power-running-again.png")
        await show_the_usage(slack, artifacts)
        assert "restarting `sales`" in await demo.command("restart sales")
        await card_says(demo, "Restarting sales")
        await card_says(demo, "sales is running")
    assert demo.processes() == []
