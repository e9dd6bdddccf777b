"""A machine of the sandbox, set up by the bot's own SSH adapter: everything but the cloud."""

import asyncio
import os
import signal
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox.machines.port import MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines
from provisioning.keys import InstallationKeys
from provisioning.model import HostAccess, MachineEvent, Member, SetUpResult
from provisioning.passwords import hash_password
from provisioning.platforms.catalogue import get_platform
from provisioning.platforms.cloud_config import cloud_config
from provisioning.ssh import SshHost

from .jupyter_server import MACHINE, ONE_TIME, OWN, Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")
UBUNTU = get_platform("ubuntu")
_PATIENCE = aiohttp.ClientTimeout(total=3)
ROOT = "../.."  # a process machine has no root of its own: paths count from the admin's home


@dataclass
class WholeMachine:
    """A machine that was created, reached and set up."""

    machines: ProcessMachines
    host: SshHost
    access: HostAccess
    root: Path
    specification: dict[str, object]
    result: SetUpResult
    events: list[MachineEvent]

    @property
    def url(self) -> str:
        return str(self.specification["url"]).rstrip("/")

    @property
    def ssl(self) -> ssl.SSLContext:
        return ssl.create_default_context(
            cafile=str(self.root / "var/lib/notebook/tls/notebook.crt")
        )

    async def plant(self) -> None:
        ends = datetime.now(UTC) + timedelta(hours=1)
        await self.host.plant_password(
            self.access, Member("U_ANA", "Ana"), await hash_password(ONE_TIME), ends
        )

    async def until_https_answers(self) -> None:
        deadline = time.monotonic() + 60
        async with Browser(self, {}) as browser:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    if (await browser.get("/api", timeout=_PATIENCE)).status == 200:
                        return
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[WholeMachine]:
    folder = tmp_path_factory.mktemp("w")
    keys, ports = InstallationKeys(folder / "keys"), machine_ports()
    machines = ProcessMachines(folder / "machines")
    address, pair = machines.allocate_address(frozenset()), keys.host_key("abcdefghijkl")
    data = cloud_config(
        UBUNTU.admin_user,
        keys.client_public_key,
        pair.private_openssh,
        pair.public_openssh,
        "quiet-otter",
    )
    spec = MachineSpec(
        "abc",
        "quiet-otter",
        "linux",
        UBUNTU.release().image,
        UBUNTU.admin_user,
        (keys.client_public_key,),
        data.encode(),
        address,
    )
    specification: dict[str, object] = {
        "server_id": "abcdefghijkl",
        "server_name": "quiet-otter",
        "root": ROOT,
        "notebook_user": UBUNTU.notebook_user,
        "bind_address": address,
        "notebook_port": 9999,
        "public_port": ports.https,
        "ssh_port": ports.ssh,
        "url": f"https://{address}:{ports.https}/",
        "hostnames": [address],
        "platform": UBUNTU.machine_section(),
        "owner": {"id": "U_ANA", "name": "Ana"},
    }
    access = HostAccess(address, ports.ssh, UBUNTU.admin_user, pair.public_openssh)
    host = SshHost(keys.client_private_key, MACHINE, root=ROOT)
    events: list[MachineEvent] = []
    try:
        await machines.create(spec)
        await host.wait_until_reachable(access, 60)
        result = await host.set_up(access, UBUNTU, specification, events.append)
        root = folder / "machines/abc/root"
        made = WholeMachine(machines, host, access, root, specification, result, events)
        await made.until_https_answers()
        yield made
    finally:
        await machines.close()


async def test_a_kernel_computes_and_https_answers_outside_with_the_reported_certificate(machine):
    await machine.host.verify(machine.access)
    await machine.host.check_https(
        machine.access.address,
        int(machine.url.rpartition(":")[2]),
        machine.access.address,
        machine.result.certificate_sha256,
    )


async def test_every_step_is_reported_as_it_happens(machine):
    began = [event.step for event in machine.events if event.state == "start"]
    ended = [event.step for event in machine.events if event.state == "done"]
    assert sorted(began) == sorted(ended) == sorted(machine.result.changed)


async def test_a_second_set_up_changes_nothing(machine):
    again = await machine.host.set_up(
        machine.access, UBUNTU, machine.specification, lambda event: None
    )
    assert again.changed == ()
    assert again.certificate_sha256 == machine.result.certificate_sha256


async def test_the_planted_password_leads_in_by_the_public_port(machine):
    await machine.plant()
    async with Browser(machine, {}) as browser:
        await browser.enter()
        listed = await (await browser.get("/api/contents")).json()
    names = {entry["name"] for entry in listed["content"]}
    assert {"welcome.ipynb", "sound-spectrum.ipynb", "rich-media.ipynb"} <= names


async def test_a_server_that_was_killed_comes_back(machine):
    seen = await machine.host.activity(machine.access)
    (server,) = [each for each in seen["processes"] if each["kind"] == "server"]
    os.kill(server["pid"], signal.SIGKILL)
    await machine.until_https_answers()
    again = await machine.host.activity(machine.access)
    assert server["pid"] not in {each["pid"] for each in again["processes"]}


async def test_after_a_stop_and_a_start_the_server_and_its_passwords_are_back(machine):
    await machine.plant()
    async with Browser(machine, {}) as browser:
        await browser.enter()
    await machine.machines.stop("abc")
    async with Browser(machine, {}) as browser:
        with pytest.raises(aiohttp.ClientConnectorError):
            await browser.get("/api")
    await machine.machines.start("abc")
    await machine.until_https_answers()
    async with Browser(machine, {}) as browser:
        assert (await browser.sign_in(OWN)).status == 302
        assert (await browser.get("/api/kernels")).status == 200
