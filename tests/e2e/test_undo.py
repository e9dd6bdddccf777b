"""A deletion with a snapshot and its undo in Slack: the server's file is still there afterwards."""

import pytest
from playwright.async_api import expect

from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, run_cell, sign_in
from tests.e2e.test_power import card_says, write_a_file

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

OWN_PASSWORD = "my own long password"


async def keep_a_snapshot(demo, name):
    question = await demo.ask_to_delete(name)
    await demo.click(question, "server_delete_with_copy")


async def find_the_file(browser, url):
    context = await browser.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await sign_in(page, url, OWN_PASSWORD)
    await page.wait_for_url("**/lab**", timeout=LONG)
    await page.goto(f"{url}lab?reset")
    await run_cell(page, "print(open('kept.txt').read())")
    output = page.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="still here").first).to_be_visible(timeout=LONG)
    await context.close()


async def address_on(card):
    """Return the first address in a code span of the card."""
    text = str(card["blocks"])
    start = text.index("`https://") + 1
    return text[start : text.index("`", start)]


async def test_a_deleted_server_is_restored_with_its_files_and_its_password(
    tmp_path, browser, artifacts
):
    async with Demo(tmp_path / "demo") as demo:
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales")
        await write_a_file(browser, given)

        await keep_a_snapshot(demo, "sales")
        card = await card_says(demo, "A snapshot of its disk is kept")
        (copy,) = await demo.resources()
        assert copy["type"] == "Microsoft.Compute/snapshots"
        command = {"user": "U_ANA", "channel": "C_GENERAL", "text": "/notebook list"}
        answer = await demo.slack("/sandbox/commands", command)
        assert "can be restored until" in str(answer["ack"])

        slack = await browser.new_page(viewport={"width": 1280, "height": 850})
        await slack.goto(f"{demo.url}/?user=U_ANA&place=D_ANA")
        button = slack.get_by_role("button", name="Undo the deletion").last
        await button.scroll_into_view_if_needed()
        await slack.screenshot(path=artifacts / "undo-deleted.png")
        await button.click()
        running = await card_says(demo, "sales is running")
        assert running["ts"] != card["ts"], "the result is a new message, below the older ones"
        await find_the_file(browser, await address_on(running))
        await slack.screenshot(path=artifacts / "undo-running.png")

        async def snapshot_is_gone():
            types = {each["type"] for each in await demo.resources()}
            return "Microsoft.Compute/snapshots" not in types

        await demo.until(snapshot_is_gone)
        await demo.delete("sales")
        assert await demo.resources() == []
    assert demo.processes() == []


async def test_a_bot_killed_during_a_snapshot_or_a_restore_loses_nothing(tmp_path, browser):
    async with Demo(tmp_path / "demo") as demo:
        await demo.command("create ubuntu sales")
        await write_a_file(browser, await demo.hand_over("sales"))

        slow = {"operation": "snapshots.put", "kind": "slow", "factor": 100}
        await demo.azure("/sandbox/faults", slow)
        await keep_a_snapshot(demo, "sales")

        async def kinds():
            return {each["type"].split("/")[1] for each in await demo.resources()}

        async def copying():
            return "snapshots" in await kinds()

        await demo.until(copying)
        await demo.kill_bot()
        assert {"virtualMachines", "disks"} <= await kinds(), "deleted before the snapshot was made"
        await demo.start_bot()
        await card_says(demo, "A snapshot of its disk is kept")
        assert await kinds() == {"snapshots"}

        await demo.command("undo sales")

        async def machine_begun():
            return "virtualMachines" in await kinds()

        await demo.until(machine_begun)
        await demo.kill_bot()
        await demo.start_bot()
        running = await card_says(demo, "sales is running")
        machines = [r for r in await demo.resources() if r["type"].endswith("virtualMachines")]
        assert len(machines) == 1
        await find_the_file(browser, await address_on(running))
