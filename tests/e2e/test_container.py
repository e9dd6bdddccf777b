"""The main job on a real system: systemd, sshd, cloud-init, apt, nftables, ports 22 and 443.

What process machines' stand-ins can't show is shown here. How long each part took is written
to test-artifacts/container.json.
"""

import time
from urllib.parse import urlsplit

import asyncssh
import pytest
from playwright.async_api import expect

from provisioning.access.installation_keys import InstallationKeys
from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in
from tests.real_machines import Traces, listening, note, open_ports, prepare, shell

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.container,
]

OWN_PASSWORD = "my own long password"
INIT = "stat -c %Y.%i /run/systemd"
USUAL_SUSPECTS = {21, 22, 25, 53, 80, 111, 443, 2222, 3000, 5355, 8000, 8080, 8443, 8888, 9999}


async def test_from_slack_to_a_cell_through_reboot_stop_and_start_to_nothing(
    tmp_path, browser, artifacts
):
    prepare("container")
    seconds: dict[str, float] = {}
    clock = time.monotonic()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.monotonic()
        seconds[stage], clock = now - clock, now
        note("from slack", seconds)

    async with Demo(tmp_path / "demo", DEMO_MACHINES="container") as demo:
        lap("demo ready")
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales", seconds=300)
        lap("slack command to password")
        address = urlsplit(given.url).hostname
        assert urlsplit(given.url).port is None
        traces = Traces.of(demo.folder / "machines")
        keys = InstallationKeys(demo.folder / "keys")

        context = await browser.new_context(ignore_https_errors=True)
        lab = await context.new_page()
        await sign_in(lab, given.url, given.password)
        await choose_password(lab, OWN_PASSWORD)
        await run_cell(lab, "open('kept.txt', 'w').write('kept'); print(6 * 7)")
        output = lab.locator(".jp-OutputArea-output")
        await expect(output.filter(has_text="42").first).to_be_visible(timeout=LONG)
        await lab.screenshot(path=artifacts / "container-cell.png")
        lap("sign-in to cell")

        listed = await listening(address, keys)
        assert 9999 in listed
        assert await open_ports(address, listed | USUAL_SUSPECTS) == {22, 443}

        async def serves():
            try:
                async with demo.session.get(f"{given.url}api", ssl=False) as answer:
                    return answer.status == 200
            except OSError:
                return False

        served_by = "systemctl show --property MainPID --value notebook"
        before = await shell(address, keys, served_by)
        await shell(address, keys, "systemctl kill --signal KILL notebook")
        await demo.until(serves)
        lap("killed service back")
        assert await shell(address, keys, served_by) != before

        init = await shell(address, keys, INIT)
        await shell(address, keys, "systemctl reboot")
        await until_rebooted(demo, address, keys, init)
        await demo.until(serves)
        lap("rebooted machine back")
        assert await open_ports(address, listed | USUAL_SUSPECTS) == {22, 443}

        await demo.command("stop sales")
        await said(demo, "sales is stopped")
        lap("stop")
        assert await open_ports(address, {22, 443}) == set()
        await demo.command("start sales")
        await said(demo, "sales is running")
        lap("start")
        again = await browser.new_context(ignore_https_errors=True)
        page = await again.new_page()
        await sign_in(page, given.url, OWN_PASSWORD)
        await page.wait_for_url("**/lab**", timeout=LONG)
        await page.goto(f"{given.url}lab?reset")
        await run_cell(page, "print(open('kept.txt').read() * 2)")
        output = page.locator(".jp-OutputArea-output")
        await expect(output.filter(has_text="keptkept").first).to_be_visible(timeout=LONG)

        await demo.command("delete sales")
        question = [m for m in await demo.messages() if m["ephemeral"]][-1]
        clock = time.monotonic()
        await demo.click(question, "server_delete")
        await said(demo, "was deleted")
        lap("delete")
        assert await demo.resources() == []
        await demo.until(lambda: disks(demo) == [], 120)
    lap("demo stopped")
    assert traces.left() == []
    assert demo.processes() == []


def disks(demo):
    """Those that are being removed too."""
    folder = demo.folder / "machines"
    return [*folder.glob("*/machine.json"), *folder.glob(".removed/*")]


async def said(demo, text):
    async def in_a_card():
        return any(text in card["text"] for card in await demo.cards())

    await demo.until(in_a_card, 120)


async def until_rebooted(demo, address, keys, before):
    """The machine's uptime is the computer's, so its init's own folder is what tells."""

    async def is_another():
        try:
            return await shell(address, keys, INIT) not in ("", before)
        except (OSError, asyncssh.Error):
            return False

    await demo.until(is_another, 60)
