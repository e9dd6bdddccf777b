"""Machines of kind `process` in a test's own folder, and SSH sessions on them."""

import asyncio
import json
import shlex
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import psutil

from bot.sandbox.machines.port import MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines

ADMIN = "azureuser"
UBUNTU = "Canonical:ubuntu-24_04-lts:server"
PATIENCE = 120.0


@dataclass
class Place:
    """A folder of machines, with the client key that all of them know."""

    folder: Path
    machines: ProcessMachines
    client_key: asyncssh.SSHKey = field(
        default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519")
    )

    async def create(
        self, name: str = "one", extra: str = "", *, plant: bool = True, image: str = UBUNTU
    ) -> "Machine":
        """Boot a machine whose user-data plants a host key and ends with `extra`."""
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        data = f"#cloud-config\n{planted(host_key) if plant else ''}{extra}".encode()
        taken = frozenset(
            json.loads(file.read_text())["address"] for file in self.folder.glob("*/machine.json")
        )
        spec = MachineSpec(
            machine_id=name,
            hostname=name,
            os="linux",
            image=image,
            admin_user=ADMIN,
            authorized_keys=(self.client_key.export_public_key().decode().strip(),),
            custom_data=data,
            address=self.machines.allocate_address(taken),
        )
        await self.machines.create(spec)
        return Machine(self, spec, host_key)


def planted(key: asyncssh.SSHKey) -> str:
    private = key.export_private_key().decode().strip().replace("\n", "\n    ")
    public = key.export_public_key().decode().strip()
    return f"ssh_keys:\n  ed25519_private: |\n    {private}\n  ed25519_public: {public}\n"


@dataclass
class Machine:
    """One machine that has been created."""

    place: Place
    spec: MachineSpec
    host_key: asyncssh.SSHKey

    @property
    def folder(self) -> Path:
        return self.place.folder / self.spec.machine_id

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def home(self) -> Path:
        return self.root / "home" / ADMIN

    @property
    def init(self) -> psutil.Process:
        """The machine's init, found by its command line."""
        [found] = [p for p in psutil.process_iter() if _words(p)[-1:] == [str(self.folder)]]
        return found

    async def connect(self, **options: object) -> asyncssh.SSHClientConnection:
        """Sign in as soon as SSH answers; only the planted host key is trusted."""
        wanted = {
            "username": ADMIN,
            "client_keys": [self.place.client_key],
            "known_hosts": ([self.host_key.convert_to_public()], [], []),
            "config": None,
            "agent_path": None,
            **options,
        }
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await asyncssh.connect(self.spec.address, machine_ports().ssh, **wanted)  # type: ignore[arg-type]
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, (self.folder / "console.log").read_text()
                await asyncio.sleep(0.05)

    async def run(self, command: str, **options: object) -> asyncssh.SSHCompletedProcess:
        """Run a command in a session of its own, as the admin."""
        async with await self.connect() as connection:
            return await connection.run(command, **options)

    async def root_run(self, command: str) -> asyncssh.SSHCompletedProcess:
        return await self.run(f"sudo -n sh -c {shlex.quote(command)}")

    def write(self, path: str, text: str) -> Path:
        """Return a file of the machine by its name on the machine."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def processes(self) -> list[psutil.Process]:
        """Return everything left of the machine on this computer: init, and processes with its
        mark."""
        return [p for p in psutil.process_iter() if self._is_mine(p)]

    def _is_mine(self, process: psutil.Process) -> bool:
        try:
            marked = process.environ().get("MACHINE_DIR") == str(self.folder)
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
        return alive and (marked or _words(process)[-1:] == [str(self.folder)])


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def until(look: Callable[[], object], seconds: float = PATIENCE) -> object:
    """Call a function again and again until its value is true, and return the value."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        found = await seen if isinstance(seen, Awaitable) else seen
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        await asyncio.sleep(0.05)
