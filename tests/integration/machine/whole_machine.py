"""A machine of the sandbox, set up by the bot's own SSH adapter: everything but the cloud."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil

from bot.sandbox.machines.port import MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.passwords import planted
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.model.machine import HostAccess, MachineEvent, SetUpResult
from provisioning.core.model.people import Member
from provisioning.core.model.policy import MachineLayout
from provisioning.platforms.catalogue import Platform, get_platform
from provisioning.workflows.first_boot import cloud_config
from tests.uv_wheels import UV_FOLDER

from .jupyter_server import MACHINE, ONE_TIME, Browser

UBUNTU = get_platform("ubuntu")
_PATIENCE = aiohttp.ClientTimeout(total=3)
ROOT = "../.."  # relative to the admin's home, since a process machine has no root of its own


@dataclass
class WholeMachine:
    """A machine that has been created, reached and set up."""

    machines: ProcessMachines
    host: SshHost
    access: HostAccess
    root: Path
    specification: dict[str, object]
    result: SetUpResult
    events: list[MachineEvent]
    platform: Platform

    @property
    def url(self) -> str:
        return str(self.specification["url"]).rstrip("/")

    @property
    def ssl(self) -> ssl.SSLContext:
        return ssl.create_default_context(
            cafile=str(self.root / "var/lib/notebook/tls/notebook.crt")
        )

    async def apply(self, **changes: object) -> SetUpResult:
        """Set the machine up again, with changes of the specification."""
        return await self.host.set_up(
            self.access, self.platform, {**self.specification, **changes}, self.events.append
        )

    async def root_runs(self, command: str) -> str:
        """Run a command as the machine's root and return its output."""
        done = await self.machines.run_command("abc", command, 120)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    async def plant(self) -> None:
        ends = datetime.now(UTC) + timedelta(hours=1)
        await self.host.plant_password(
            self.access, Member("U_ANA", "Ana"), await planted(ONE_TIME), ends
        )

    def server_pid(self) -> int:
        """Return the id of the notebook server's process, found by its configuration's folder."""
        config = f"--config={self.root}/etc/notebook/jupyter_server_config.py"
        (server,) = [
            each.info["pid"]
            for each in psutil.process_iter(["pid", "cmdline"])
            if config in (each.info["cmdline"] or ())
        ]
        return int(server)

    async def until_https_answers(self) -> None:
        deadline = time.monotonic() + 60
        async with Browser(self, {}) as browser:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    if (await browser.get("/api", timeout=_PATIENCE)).status == 200:
                        return
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)


async def served_certificate(machine: WholeMachine, authority: str, name: str) -> str:
    """Return the fingerprint of the served certificate.

    The client trusts only the authority (PEM), and checks the name as a browser does.
    """
    context = ssl.create_default_context(cadata=authority)
    _, writer = await asyncio.open_connection(
        machine.access.address,
        int(machine.url.rpartition(":")[2]),
        ssl=context,
        server_hostname=name,
    )
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return hashlib.sha256(der).digest().hex(":").upper()


def specification_of(platform: Platform, address: str) -> dict[str, object]:
    """Return the set-up's specification for a machine of the sandbox."""
    ports = machine_ports()
    return {
        "server_id": "abcdefghijkl",
        "server_name": "quiet-otter",
        "root": ROOT,
        "notebook_user": platform.notebook_user,
        "bind_address": address,
        "notebook_port": 9999,
        "public_port": ports.https,
        "ssh_port": ports.ssh,
        "url": f"https://{address}:{ports.https}/",
        "hostnames": [address],
        "platform": platform.machine_section(),
        "owner": {"id": "U_ANA", "name": "Ana"},
    }


def _machine_spec(platform: Platform, keys: InstallationKeys, address: str) -> MachineSpec:
    pair = keys.host_key("abcdefghijkl")
    data = cloud_config(
        platform.admin_user,
        keys.client_public_key,
        pair.private_openssh,
        pair.public_openssh,
        "quiet-otter",
    )
    return MachineSpec(
        "abc",
        "quiet-otter",
        "linux",
        platform.release().image,
        platform.admin_user,
        (keys.client_public_key,),
        data.encode(),
        address,
    )


@asynccontextmanager
async def whole_machine(folder: Path, platform: Platform = UBUNTU) -> AsyncIterator[WholeMachine]:
    """Create, reach and set up a machine, and end it afterwards."""
    keys, machines = InstallationKeys(folder / "keys"), ProcessMachines(folder / "machines")
    address = machines.allocate_address(frozenset())
    specification = specification_of(platform, address)
    public_key = keys.host_key("abcdefghijkl").public_openssh
    access = HostAccess(address, machine_ports().ssh, platform.admin_user, public_key)
    host = SshHost(keys.client_private_key, MACHINE, MachineLayout(root=ROOT), cache=UV_FOLDER)
    events: list[MachineEvent] = []
    try:
        await machines.create(_machine_spec(platform, keys, address))
        await host.wait_until_reachable(access, 60)
        result = await host.set_up(access, platform, specification, events.append)
        root = folder / "machines/abc/root"
        made = WholeMachine(machines, host, access, root, specification, result, events, platform)
        await made.until_https_answers()
        yield made
    finally:
        await machines.close()
