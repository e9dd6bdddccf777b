"""Machines of kind `process`: a folder, an address of their own, real processes.

This kind proves everything over SSH, the set-up program and its idempotence, the services' life,
TLS, Jupyter and the sign-in, crashes and restarts of each part. It does not prove a kernel's users
and permissions (all processes run as the user who runs the sandbox), a packet filter that drops, or
real systemd, apt and cloud-init: the other kinds do.
"""

import asyncio
import contextlib
import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from bot.sandbox.machines.port import CommandResult, MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process import control, space
from bot.sandbox.machines.process.addresses import free_address
from bot.sandbox.machines.process.disks import FOLDER as DISKS
from bot.sandbox.machines.process.disks import Disks
from bot.sandbox.machines.process.environment import network_environment
from bot.sandbox.machines.process.processes import end_marked
from bot.sandbox.machines.process.tree import SOCKET, Tree

BOOT_SECONDS = 60.0
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 30.0


class ProcessMachines:
    """Machines as folders and processes; `folder` holds one folder for each machine."""

    def __init__(self, folder: Path, *, orphan_seconds: float = ORPHAN_SECONDS) -> None:
        self._folder = folder.absolute()
        self._disks = Disks(self._folder)
        self._ports = machine_ports()
        self._orphan_seconds = orphan_seconds
        self._owned: dict[str, asyncio.StreamWriter] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._inits: dict[str, asyncio.subprocess.Process] = {}

    def boots(self, publisher: str) -> bool:
        """Return True: there are stand-ins for every publisher's images."""
        return True

    def allocate_address(self, taken: frozenset[str]) -> str:
        """Return a free address of the range in 127/8."""
        return free_address(self._folder, taken, self._ports.ssh)

    def private_address(self, address: str) -> str:
        """Return the public address: a process machine has no other."""
        return address

    async def create(self, spec: MachineSpec) -> None:
        """Make the disk and boot."""
        folder = self._folder / spec.machine_id
        system = asdict(spec) | {"custom_data": spec.custom_data.decode("latin-1")}
        if spec.disk:
            system = await asyncio.to_thread(self._disks.become, spec)
        folder.mkdir(parents=True, exist_ok=True)
        description = system | {
            "address": spec.address,
            "ssh_port": self._ports.ssh,
            "network": network_environment(os.environ, self._folder.parent / "cache" / "uv"),
            "orphan_seconds": self._orphan_seconds,
        }
        file = folder / "machine.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(description))
        await self.start(spec.machine_id)

    async def start(self, machine_id: str) -> None:
        """Boot from the kept disk."""
        async with self._lock(machine_id):
            folder = self._folder / machine_id
            space.boot(Tree(folder))
            if machine_id in self._owned and await _answers(folder):
                return
            if await self._own(machine_id):
                return
            with (folder / "console.log").open("ab") as console:
                self._inits[machine_id] = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "bot.sandbox.machines.process.init",
                    str(folder),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    start_new_session=True,
                )
            await self._own_when_up(machine_id)

    async def _own_when_up(self, machine_id: str) -> None:
        process = self._inits[machine_id]
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                while not await self._own(machine_id):
                    if process.returncode is not None:
                        console = self._folder / machine_id / "console.log"
                        raise RuntimeError(console.read_text(errors="replace")[-2000:])
                    await asyncio.sleep(0.05)
        except TimeoutError:
            process.kill()
            raise RuntimeError(f"machine {machine_id} did not come up") from None

    async def _own(self, machine_id: str) -> bool:
        """Connect as the machine's owner; False if the machine is off."""
        try:
            reader, writer = await control.connect(self._folder / machine_id)
            writer.write(json.dumps({"program": "own"}).encode() + b"\n")
            if not await reader.readline():
                await control.close(writer)
                return False
        except OSError:
            return False
        self._owned[machine_id] = writer
        task = asyncio.create_task(self._until_down(machine_id, reader, writer))
        task.add_done_callback(lambda _: None)
        return True

    async def _until_down(
        self, machine_id: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        await control.close(writer)
        if self._owned.get(machine_id) is writer:
            del self._owned[machine_id]

    async def stop(self, machine_id: str) -> None:
        """Shut the machine down; after a timeout its processes are killed."""
        async with self._lock(machine_id):
            folder = self._folder / machine_id
            cut_off = False
            try:
                await control.ask(folder, "poweroff", [], STOP_SECONDS)
            except (OSError, TimeoutError):
                # An init that has ended by itself leaves neither its socket nor a process.
                cut_off = (folder / SOCKET).exists()
            process = self._inits.pop(machine_id, None)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    while await _answers(folder):
                        await asyncio.sleep(0.05)
                    if process is not None:
                        await process.wait()
            except TimeoutError:
                cut_off = True
                if process is not None:
                    process.kill()
                    await process.wait()
            self._owned.pop(machine_id, None)
            if cut_off:
                await end_marked("MACHINE_DIR", str(folder))

    async def delete(self, machine_id: str) -> None:
        """Stop the machine and remove its folder."""
        await self.stop(machine_id)
        await asyncio.to_thread(shutil.rmtree, self._folder / machine_id, ignore_errors=True)

    async def copy_disk(self, source: str, name: str) -> None:
        """Copy the disk of a machine, or a copy, to a new copy."""
        await asyncio.to_thread(self._disks.copy, source, name)

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        """Note the disk's new size, which the machine's programs report from its next boot on."""
        file = self._folder / machine_id / "machine.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"disk_gb": gb}))

    async def delete_disk(self, name: str) -> None:
        """Remove a copy."""
        await asyncio.to_thread(self._disks.delete, name)

    async def is_running(self, machine_id: str) -> bool:
        """Return whether the machine's init runs."""
        return await _answers(self._folder / machine_id)

    async def run_command(
        self, machine_id: str, script: str, timeout: float = 5400
    ) -> CommandResult:
        """Run a script as the machine's root or as the Windows system."""
        folder = self._folder / machine_id
        answer = await control.ask(folder, "run-command", [script], timeout)
        return CommandResult(answer["status"], answer["stdout"], answer["stderr"])

    async def close(self) -> None:
        """Stop all machines of this installation."""
        if not self._folder.exists():
            return
        folders = [path for path in self._folder.iterdir() if path.is_dir()]
        machines = [path.name for path in folders if path.name != DISKS]
        await asyncio.gather(*(self.stop(machine_id) for machine_id in machines))

    def _lock(self, machine_id: str) -> asyncio.Lock:
        return self._locks.setdefault(machine_id, asyncio.Lock())


async def _answers(folder: Path) -> bool:
    try:
        _, writer = await control.connect(folder)
    except OSError:
        return False
    await control.close(writer)
    return True
