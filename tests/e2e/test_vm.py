"""The main job on a virtual machine: a kernel of its own, cloud-init, DHCP, a whole reboot.

How long each part took is written to test-artifacts/vm.json.
"""

import asyncio
import json
import ssl
import time
from urllib.parse import urlsplit

import asyncssh
import pytest
from playwright.async_api import expect

from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.vm.sockets import monitor
from provisioning.keys import InstallationKeys
from tests.e2e.demo import Demo
from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in
from tests.real_machines import note, prepare, shell

pytestmark = [pytest.mark.vm, pytest.mark.browser, pytest.mark.timeout(3600)]

OWN_PASSWORD = "my own long password"
ACTIVITY = (
    'echo "{}" | "$(cat /home/notebook-admin/.notebook-bot/python)" -I '
    "/home/notebook-admin/.notebook-bot/machine-*/setup.py activity"
)


async def test_from_slack_to_a_cell_and_back_after_a_reboot(tmp_path, browser, artifacts):
    prepare("vm")
    seconds: dict[str, float] = {}
    clock = time.monotonic()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.monotonic()
        seconds[stage], clock = now - clock, now
        note("from slack", seconds, file="vm.json")

    async with Demo(tmp_path / "demo", DEMO_MACHINES="vm") as demo:
        lap("demo ready")
        await demo.command("create ubuntu sales")
        given = await demo.hand_over("sales", seconds=1800)
        lap("slack command to password")
        context = await browser.new_context(ignore_https_errors=True)
        lab = await context.new_page()
        lab.set_default_timeout(5 * LONG)
        await sign_in(lab, given.url, given.password)
        await choose_password(lab, OWN_PASSWORD)
        await run_cell(lab, "print(6 * 7)")
        output = lab.locator(".jp-OutputArea-output")
        await expect(output.filter(has_text="42").first).to_be_visible(timeout=5 * LONG)
        await lab.screenshot(path=artifacts / "vm-cell.png")
        lap("sign-in to cell")

        address, ports = str(urlsplit(given.url).hostname), machine_ports()
        keys = InstallationKeys(demo.folder / "keys")
        [folder] = [file.parent for file in (demo.folder / "machines").glob("*/machine.json")]
        assert await talks_tls(address, ports.https)
        await monitor(folder, f"hostfwd_add tcp:{address}:9999-:9999")
        assert "9999" in await shell(address, keys, "ss -Hltn", ports.ssh)
        assert not await talks_tls(address, 9999)

        answer = json.loads(await shell(address, keys, ACTIVITY, ports.ssh))
        assert answer["unknown"] == {}
        assert answer["kernels"]
        lap("activity probe")

        boot = "cat /proc/sys/kernel/random/boot_id"
        before = await shell(address, keys, boot, ports.ssh)
        await shell(address, keys, "systemctl reboot", ports.ssh)

        async def is_back():
            try:
                return await shell(address, keys, boot, ports.ssh) not in ("", before)
            except (OSError, asyncssh.Error):
                return False

        await demo.until(is_back, 300)
        await demo.until(lambda: talks_tls(address, ports.https), 300)
        lap("rebooted machine back")
        assert not await talks_tls(address, 9999)
        again = await browser.new_context(ignore_https_errors=True)
        page = await again.new_page()
        page.set_default_timeout(5 * LONG)
        await sign_in(page, given.url, OWN_PASSWORD)
        await page.wait_for_url("**/lab**", timeout=5 * LONG)

        await demo.command("delete sales")
        question = [m for m in await demo.messages() if m["ephemeral"]][-1]
        await demo.click(question, "server_delete")
        await demo.until(lambda: not folder.exists(), 120)
        lap("delete")
    assert demo.processes() == []


async def talks_tls(address: str, port: int) -> bool:
    """Whether a server is there. QEMU takes any connection; only an answer tells."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(15):
            _, writer = await asyncio.open_connection(address, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
