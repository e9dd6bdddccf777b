"""Each platform, from its command to a cell in a browser and to the deletion."""

import pytest
from playwright.async_api import expect

from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

PLATFORMS = {
    "ubuntu": "Ubuntu",
    "opensuse": "SUSE Linux Enterprise Server 16.0",  # local Azure has no image of Leap 16 either
    "opensuse --release 15.6": "openSUSE Leap 15.6",
    "windows": "Windows Server",
}
"""What a member types, with the titles that Slack shows."""


async def is_listed_as(demo, words):
    return words in await demo.command("list")


@pytest.mark.parametrize(("platform", "title"), PLATFORMS.items())
async def test_a_server_of_each_platform_runs_a_cell_and_can_be_deleted(
    tmp_path, browser, artifacts, platform, title
):
    async with Demo(tmp_path / "demo") as demo:
        assert title in await demo.command(f"create {platform} sales")
        given = await demo.hand_over("sales", seconds=150)
        context = await browser.new_context(ignore_https_errors=True)
        lab = await context.new_page()
        await sign_in(lab, given.url, given.password)
        await choose_password(lab, "my own long password")
        await run_cell(lab, "import sys; print(6 * 7, sys.version_info >= (3, 11))")
        output = lab.locator(".jp-OutputArea-output").filter(has_text="42 True")
        await expect(output.first).to_be_visible(timeout=LONG)
        await lab.screenshot(path=artifacts / f"platform-{platform.replace(' ', '')}.png")

        assert "sales: running" in await demo.command("list")
        newer = await demo.new_password("sales", given)
        again = await (await browser.new_context(ignore_https_errors=True)).new_page()
        await sign_in(again, newer.url, newer.password)
        await expect(again.locator("#new_password")).to_be_visible()
        for word, state in (("stop", "stopped"), ("start", "running")):
            await demo.command(f"{word} sales")
            await demo.until(lambda state=state: is_listed_as(demo, f"sales: {state}"), 120)
        await sign_in(again, newer.url, newer.password)
        await expect(again.locator(".error")).to_be_visible()  # the password has been used
        await demo.delete("sales")
        assert await demo.resources() == []
    assert demo.processes() == []
