"""The main job on a real system: systemd, sshd, cloud-init, apt, nftables, ports 22 and 443.

It covers what the stand-ins of process machines can't. The time of each part is written to
test-artifacts/container.json.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncssh
import pytest
from playwright.async_api import expect

from provisioning.access.installation_keys import InstallationKeys
from tests.e2e.demo import Demo
from tests.e2e.laps import Laps
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in
from tests.real_machines import Traces, listening, open_ports, prepare, shell

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


async def test_a_server_is_created_rebooted_stopped_started_and_deleted(
    tmp_path, browser, artifacts
):
    prepare("container")
    laps = Laps("container.json")
    async with Demo(tmp_path / "demo", DEMO_MACHINES="container") as demo:
        laps.add("demo ready")
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales", seconds=300)
        laps.add("slack command to password")
        assert urlsplit(given.url).port is None
        traces = Traces.of(demo.folder / "machines")
        await run_first_cell(browser, given, artifacts)
        laps.add("sign-in to cell")

        machine = Machine(demo, given.url, InstallationKeys(demo.folder / "keys"))
        await kill_the_server_and_reboot(machine, laps)
        await demo.command("stop sales")
        await said(demo, "sales is stopped")
        laps.add("stop")
        assert await open_ports(machine.address, {22, 443}) == set()
        await demo.command("start sales")
        await said(demo, "sales is running")
        laps.add("start")
        await run_second_cell(browser, given)

        question = await demo.ask_to_delete("sales")
        laps.restart()
        await demo.click(question, "server_delete")
        await said(demo, "was deleted")
        laps.add("delete")
        assert await demo.resources() == []
        await demo.until(lambda: disks(demo) == [], 120)
    laps.add("demo stopped")
    assert traces.left() == []
    assert demo.processes() == []


@dataclass
class Machine:
    """The server's machine, reached without the bot."""

    demo: Demo
    url: str
    keys: InstallationKeys

    @property
    def address(self) -> str | None:
        return urlsplit(self.url).hostname

    async def shell(self, command: str) -> str:
        return await shell(self.address, self.keys, command)

    async def serves(self) -> bool:
        try:
            async with self.demo.session.get(f"{self.url}api", ssl=False) as answer:
                return answer.status == 200
        except OSError:
            return False

    async def until_rebooted(self, before: str) -> None:
        """Wait for another boot, by the init's folder: the uptime is that of the computer."""

        async def is_another() -> bool:
            try:
                return await self.shell(INIT) not in ("", before)
            except (OSError, asyncssh.Error):
                return False

        await self.demo.until(is_another, 60)


async def run_first_cell(browser, given, artifacts):
    context = await browser.new_context(ignore_https_errors=True)
    lab = await context.new_page()
    await sign_in(lab, given.url, given.password)
    await choose_password(lab, OWN_PASSWORD)
    await run_cell(lab, "open('kept.txt', 'w').write('kept'); print(6 * 7)")
    output = lab.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="42").first).to_be_visible(timeout=LONG)
    await lab.screenshot(path=artifacts / "container-cell.png")


async def run_second_cell(browser, given):
    again = await browser.new_context(ignore_https_errors=True)
    page = await again.new_page()
    await sign_in(page, given.url, OWN_PASSWORD)
    await page.wait_for_url("**/lab**", timeout=LONG)
    await page.goto(f"{given.url}lab?reset")
    await run_cell(page, "print(open('kept.txt').read() * 2)")
    output = page.locator(".jp-OutputArea-output")
    await expect(output.filter(has_text="keptkept").first).to_be_visible(timeout=LONG)


async def kill_the_server_and_reboot(machine: Machine, laps: Laps) -> None:
    demo, address = machine.demo, machine.address
    listed = await listening(address, machine.keys)
    assert 9999 in listed
    assert await open_ports(address, listed | USUAL_SUSPECTS) == {22, 443}

    served_by = "systemctl show --property MainPID --value notebook"
    before = await machine.shell(served_by)
    await machine.shell("systemctl kill --signal KILL notebook")
    await demo.until(machine.serves)
    laps.add("killed service back")
    assert await machine.shell(served_by) != before

    init = await machine.shell(INIT)
    await machine.shell("systemctl reboot")
    await machine.until_rebooted(init)
    await demo.until(machine.serves)
    laps.add("rebooted machine back")
    assert await open_ports(address, listed | USUAL_SUSPECTS) == {22, 443}


def disks(demo):
    """Return the machines' folders, including those that are being removed."""
    folder = demo.folder / "machines"
    return [*folder.glob("*/machine.json"), *folder.glob(".removed/*")]


async def said(demo, text):
    async def in_a_card():
        return any(text in card["text"] for card in await demo.cards())

    await demo.until(in_a_card, 120)
