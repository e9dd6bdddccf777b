"""The main job on a virtual machine, with its own Linux kernel, cloud-init, DHCP and reboots.

The time of each part is written to test-artifacts/vm.json.
"""

import asyncio
import json
import ssl
from urllib.parse import urlsplit

import asyncssh
import pytest
from playwright.async_api import expect

from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.vm.sockets import monitor
from provisioning.access.installation_keys import InstallationKeys
from tests.e2e.demo import Demo
from tests.e2e.laps import Laps
from tests.e2e.notebook import choose_password, run_cell, sign_in
from tests.real_machines import note, prepare, shell
from tests.stages import stages_of

pytestmark = [pytest.mark.vm, pytest.mark.browser, pytest.mark.timeout(7200)]

OWN_PASSWORD = "my own long password"
PATIENCE = 900.0  # seconds; most of these waits take one or two minutes in software emulation
SLOW = 1000 * PATIENCE / 2  # milliseconds that a page waits
BOOT = "cat /proc/sys/kernel/random/boot_id"
ACTIVITY = (
    'echo "{}" | "$(cat /home/notebook-admin/.notebook-bot/python)" -I '
    "/home/notebook-admin/.notebook-bot/machine-*/setup.py activity"
)


async def test_a_server_is_created_rebooted_stopped_started_and_deleted(
    tmp_path, browser, artifacts
):
    prepare("vm")
    laps = Laps("vm.json")
    async with Demo(tmp_path / "demo", DEMO_MACHINES="vm") as demo:
        laps.add("demo ready")
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales", seconds=3600)
        laps.add("slack command to password")
        note("creation by stage", stages_of(demo, "sales"), file="vm.json")
        lab = await new_page(browser)
        await sign_in(lab, given.url, given.password)
        await choose_password(lab, OWN_PASSWORD)
        await run_cell(lab, "open('kept.txt', 'w').write('kept'); print(6 * 7)", SLOW)
        output = lab.locator(".jp-OutputArea-output")
        await expect(output.filter(has_text="42").first).to_be_visible(timeout=SLOW)
        await lab.screenshot(path=artifacts / "vm-cell.png")
        laps.add("sign-in to cell")

        guest = Guest(demo, str(urlsplit(given.url).hostname))
        await probe_and_reboot(demo, guest, laps)
        await stop_and_start(demo, guest, laps)
        page = await new_page(browser)
        await sign_in(page, given.url, OWN_PASSWORD)
        await page.wait_for_url("**/lab**", timeout=SLOW)
        assert await guest.shell("cat /home/notebook/work/kept.txt") == "kept"
        await delete(demo, guest, laps)
    assert demo.processes() == []


async def probe_and_reboot(demo: Demo, guest: "Guest", laps: Laps) -> None:
    await guest.shows_only_ssh_and_https()
    answer = await demo.until(guest.activity, PATIENCE)
    assert answer["kernels"]
    laps.add("activity probe")

    before = await guest.shell(BOOT)
    await guest.shell("systemctl reboot")
    await demo.until(lambda: guest.booted_since(before), PATIENCE)
    await demo.until(guest.serves, PATIENCE)
    laps.add("rebooted machine back")
    await guest.shows_only_ssh_and_https()


async def stop_and_start(demo: Demo, guest: "Guest", laps: Laps) -> None:
    await demo.command("stop sales")
    await said(demo, "sales is stopped")
    laps.add("stop")
    assert not await guest.serves()
    await demo.command("start sales")
    await said(demo, "sales is running")
    laps.add("start")


async def delete(demo: Demo, guest: "Guest", laps: Laps) -> None:
    question = await demo.ask_to_delete("sales")
    laps.restart()
    await demo.click(question, "server_delete")
    await said(demo, "was deleted")
    await demo.until(lambda: not guest.folder.exists(), 120)
    assert await demo.resources() == []
    laps.add("delete")


class Guest:
    """The virtual machine, reached without the bot."""

    def __init__(self, demo: Demo, address: str) -> None:
        self.address = address
        self.ports = machine_ports()
        self.keys = InstallationKeys(demo.folder / "keys")
        [self.folder] = [file.parent for file in (demo.folder / "machines").glob("*/machine.json")]

    async def shell(self, command: str) -> str:
        return await shell(self.address, self.keys, command, self.ports.ssh)

    async def serves(self) -> bool:
        return await talks_tls(self.address, self.ports.https)

    async def booted_since(self, before: str) -> bool:
        try:
            return await self.shell(BOOT) not in ("", before)
        except (OSError, asyncssh.Error):
            return False

    async def activity(self) -> dict | None:
        """Return the probe's result once it is complete, or None.

        On a busy guest some answers take longer than the probe waits for them.
        """
        answer = json.loads(await self.shell(ACTIVITY))
        return answer if answer["unknown"] == {} else None

    async def shows_only_ssh_and_https(self) -> None:
        """Check that only SSH and https are reachable from outside, and Jupyter's port is not."""
        await monitor(self.folder, f"hostfwd_add tcp:{self.address}:9999-:9999")
        assert "9999" in await self.shell("ss -Hltn")
        assert await self.serves()
        assert not await talks_tls(self.address, 9999)
        await monitor(self.folder, f"hostfwd_remove tcp:{self.address}:9999")


async def new_page(browser):
    context = await browser.new_context(ignore_https_errors=True)
    page = await context.new_page()
    page.set_default_timeout(SLOW)
    page.set_default_navigation_timeout(SLOW)
    # After some seconds JupyterLab asks whether to continue waiting.
    go_on = page.get_by_role("button", name="Continue waiting")
    await page.add_locator_handler(go_on, lambda button: button.click())
    return page


async def said(demo: Demo, text: str) -> None:
    async def in_a_card() -> bool:
        return any(text in card["text"] for card in await demo.cards())

    await demo.until(in_a_card, PATIENCE)


async def talks_tls(address: str, port: int) -> bool:
    """Return whether a server answers by TLS; a connection alone is accepted by QEMU itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(30):
            _, writer = await asyncio.open_connection(address, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
