"""A Windows machine of the sandbox, created as the bot creates one on Azure.

It has no custom data. The cloud's run command opens SSH, and then the bot's own SSH adapter takes
over.
"""

import asyncio
import json
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.machines.port import CommandResult, MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.model.machine import HostAccess, MachineEvent, SetUpResult
from provisioning.core.model.policy import MachineLayout
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.first_boot import first_boot
from tests.uv_wheels import UV_FOLDER

from .jupyter_server import MACHINE, Browser

WINDOWS = get_platform("windows")
ROOT = "../.."  # relative to the admin's home, since a process machine has no root of its own
_PATIENCE = aiohttp.ClientTimeout(total=3)
_SKIPPED = (
    "notebook/env",
    "notebook/kernels",
    "notebook/server",
    "notebook/uv",
    "notebook/python",
    "notebook/runtime",
    "notebook/home/.",
    "notebook/home/AppData",
    "notebook/state/logs",
    "notebook/state/notebook",
    "notebook/private/setup.log",
)


@dataclass
class WindowsMachine:
    """A Windows VM as the bot sees it, with the bot's keys and SSH adapter."""

    folder: Path
    release: str = "2025"
    events: list[MachineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys, self.ports = InstallationKeys(self.folder / "keys"), machine_ports()
        self.machines = ProcessMachines(self.folder / "machines")
        self.address = self.machines.allocate_address(frozenset())
        self.pair = self.keys.host_key("abcdefghijkl")
        self.access = HostAccess(
            self.address,
            self.ports.ssh,
            WINDOWS.admin_user,
            self.pair.public_openssh,
            os="windows",
        )
        self.host = SshHost(
            self.keys.client_private_key,
            MACHINE,
            MachineLayout(root=ROOT),
            cache=UV_FOLDER,
        )
        self.root = self.folder / "machines/abc/root"
        self.specification: dict[str, object] = {
            "server_id": "abcdefghijkl",
            "server_name": "quiet-otter",
            "root": ROOT,
            "notebook_user": WINDOWS.notebook_user,
            "bind_address": self.address,
            "notebook_port": 9999,
            "public_port": self.ports.https,
            "ssh_port": self.ports.ssh,
            "url": f"https://{self.address}:{self.ports.https}/",
            "hostnames": [self.address],
            "platform": WINDOWS.machine_section(),
            "owner": {"id": "U_ANA", "name": "Ana"},
        }

    async def create(self) -> None:
        """Create the machine without SSH, as Azure does."""
        image = WINDOWS.release(self.release).image
        name, user = "nb-abcdefghijkl", WINDOWS.admin_user
        spec = MachineSpec("abc", name, "windows", image, user, (), b"", self.address)
        await self.machines.create(spec)

    async def open_ssh(self) -> CommandResult:
        """Run the bot's run command, with parameters in the form of Azure's agent."""
        key, port = self.keys.client_public_key, self.ports.ssh
        command = first_boot(WINDOWS, "quiet-otter", key, self.pair, port).command
        given = {**command.parameters, **command.secrets}
        words = " ".join(f"-{name} '{value}'" for name, value in given.items())
        return await self.script(f"& {{\n{command.script}\n}} {words}")

    async def script(self, text: str) -> CommandResult:
        """Run PowerShell as the machine's system account."""
        return await self.machines.run_command("abc", text)

    async def powershell(self, text: str) -> str:
        """Run a script that must succeed, and return its output."""
        done = await self.script(f"$ErrorActionPreference = 'Stop'\n{text}\n")
        assert done.exit_code == 0, done
        return done.stdout.strip()

    async def set_up(self) -> SetUpResult:
        return await self.host.set_up(self.access, WINDOWS, self.specification, self.events.append)

    @property
    def state(self) -> dict[str, Any]:
        """The machine's users, rules, tasks and access lists, as stored on its disk."""
        file = self.root / "Windows/System32/config/machine.json"
        state = json.loads(file.read_text())
        # The machine removes the access lists of deleted files only at its next change.
        state["access"] = {k: v for k, v in state["access"].items() if Path(k).exists()}
        return state

    @property
    def url(self) -> str:
        return str(self.specification["url"]).rstrip("/")

    @property
    def ssl(self) -> ssl.SSLContext:
        file = self.root / "ProgramData/notebook/state/tls/notebook.crt"
        return ssl.create_default_context(cafile=str(file))

    async def until_https_answers(self) -> None:
        deadline = time.monotonic() + 60
        async with Browser(self, {}) as browser:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    if (await browser.get("/api", timeout=_PATIENCE)).status == 200:
                        return
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

    def wheels(self) -> list[Path]:
        """Return the wheels of uv that the bot has uploaded."""
        return list((self.root / "Users" / WINDOWS.admin_user).glob(".notebook-bot/uv-*"))

    @property
    def work(self) -> Path:
        """The folder that JupyterLab shows."""
        return self.root / "ProgramData/notebook/home/work"

    def dulwich(self) -> dict[str, bytes]:
        """Return the files of dulwich, which clones repositories."""
        folder = self.root / "ProgramData/notebook/dulwich"
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if "__pycache__" not in path.parts}

    def contents(self) -> dict[str, bytes]:
        """Return every file that the set-up has written, except the environment and logs."""
        base = self.root / "ProgramData"
        found = {}
        for path in sorted(base.rglob("*")):
            name = str(path.relative_to(base))
            if path.is_file() and not name.startswith(_SKIPPED) and "__pycache__" not in name:
                found[name] = path.read_bytes()
        return found
