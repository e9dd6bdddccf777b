"""Machines of kind `container`: Debian with real systemd, sshd, cloud-init, apt and nftables.

Containers share this computer's kernel and nothing else: processes, users, mounts and network are
their own. This kind proves units, users, permissions, packet filter, first boot and reboot. It does
not prove Ubuntu itself, a kernel's boot, or Azure's agent and data source.
"""

import asyncio
import json
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bot.sandbox.machines.container.disks import ContainerDisks
from bot.sandbox.machines.container.network import Network
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.cache import Image, stands_for
from bot.sandbox.machines.port import CommandResult, MachineSpec

PROGRAMS = ("systemd-nspawn", "mmdebstrap", "ip", "nft", "nsenter", "unshare")
PACKAGES = "systemd-container mmdebstrap iproute2 nftables util-linux"

BOOT_SECONDS = 30.0
STOP_SECONDS = 20.0
_BOOT = Path(__file__).with_name("boot.sh")
_REBOOT_STATUS = 133  # systemd-nspawn asks its caller for another start
_POWER_OFF = signal.SIGRTMIN + 4  # systemd(1)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def require_containers(user_id: int, path: str | None = None) -> None:
    """Raise MachinesError if that user can't run containers here, saying what is missing.

    `path` is the search path for programs (None: the usual one).
    """
    if user_id != 0:
        raise MachinesError(
            "DEMO_MACHINES=container needs root: systemd-nspawn, mounts and network namespaces "
            "are root's. Run it as root, or choose DEMO_MACHINES=process."
        )
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise MachinesError(
            f"DEMO_MACHINES=container needs {', '.join(missing)}. On Debian and Ubuntu: "
            f"apt-get install {PACKAGES}"
        )


class ContainerMachines:
    """Machines as systemd-nspawn containers; `folder` holds one folder for each machine."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._folder = folder.absolute()
        self._image = image
        self._network = Network(self._folder, image.registries)
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._disks = ContainerDisks(self._folder, image, self._network)

    def boots(self, publisher: str) -> bool:
        """Return whether the image can stand for this publisher's images."""
        return stands_for(publisher)

    def allocate_address(self, taken: frozenset[str]) -> str:
        """Return a free address of the sandbox's network."""
        return self._network.free_address(taken)

    def private_address(self, address: str) -> str:
        """Return the public address: a container has no other."""
        return address

    async def create(self, spec: MachineSpec) -> None:
        """Make the disk and boot."""
        self._disks.make(spec)
        await self.start(spec.machine_id)

    async def copy_disk(self, source: str, name: str) -> None:
        """Copy the disk of a machine, or a copy, to a new copy."""
        await self._disks.copy(source, name)

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        """Note the disk's new size. A container's disk is a folder on this computer's disk."""
        file = self._folder / machine_id / "machine.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"disk_gb": gb}))

    async def delete_disk(self, name: str) -> None:
        """Remove a copy in the background."""
        self._disks.delete(self._disks.path(name))

    async def start(self, machine_id: str) -> None:
        """Boot from the kept disk."""
        async with self._lock(machine_id):
            if await self.is_running(machine_id):
                return
            await self._network.open()
            self._disks.remove_rest()
            await self._boot(machine_id)
            self._watchers[machine_id] = asyncio.create_task(self._reboot_when_asked(machine_id))

    async def _boot(self, machine_id: str) -> None:
        folder = self._folder / machine_id
        description: dict[str, Any] = json.loads((folder / "machine.json").read_text())
        group = self._network.group / machine_id
        await asyncio.to_thread(group.end)
        group.make()
        groups = " ".join(map(str, group.folders))
        with (folder / "console.log").open("ab") as console:
            process = await asyncio.create_subprocess_exec(
                _BOOT,
                groups,
                self._network.namespace,
                description["image"],
                folder,
                machine_id,
                *(f"--bind-ro={path}" for path in self._image.local if Path(path).exists()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self._running[machine_id] = process
        await self._init_process(machine_id)

    async def _reboot_when_asked(self, machine_id: str) -> None:
        while await self._running[machine_id].wait() == _REBOOT_STATUS:
            await self._boot(machine_id)

    async def stop(self, machine_id: str) -> None:
        """Shut the machine down; after `STOP_SECONDS` its processes are killed."""
        async with self._lock(machine_id):
            process = await self._unwatched(machine_id)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    while process is not None and process.returncode is None:
                        await _ask_to_power_off(process)
            await self._end(machine_id)

    async def delete(self, machine_id: str) -> None:
        """Kill the machine's processes, and remove its disk in the background."""
        async with self._lock(machine_id):
            await self._unwatched(machine_id)
            await self._end(machine_id)
            self._disks.delete(self._folder / machine_id)

    async def _unwatched(self, machine_id: str) -> asyncio.subprocess.Process | None:
        """Return the machine's process, which is no longer started again when it ends."""
        watcher = self._watchers.pop(machine_id, None)
        if watcher is not None:
            watcher.cancel()
            await asyncio.wait([watcher])
        return self._running.pop(machine_id, None)

    async def _end(self, machine_id: str) -> None:
        await asyncio.to_thread((self._network.group / machine_id).end)

    async def is_running(self, machine_id: str) -> bool:
        """Return whether the machine is on or between two boots."""
        process = self._running.get(machine_id)
        return process is not None and process.returncode in (None, _REBOOT_STATUS)

    async def run_command(
        self, machine_id: str, script: str, timeout: float = 5400
    ) -> CommandResult:
        """Run a shell script as the machine's root, in all its namespaces."""
        init = await self._init_process(machine_id)
        process = await asyncio.create_subprocess_exec(
            *f"nsenter --target={init} --mount --uts --ipc --net --pid".split(),
            *f"env -i PATH={_PATH} HOME=/root LANG=C.UTF-8 sh -s".split(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(timeout):
                output, errors = await process.communicate(script.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        texts = (each.decode(errors="replace") for each in (output, errors))
        return CommandResult(process.returncode or 0, *texts)

    async def close(self) -> None:
        """Stop all machines, and remove the network and the deleted disks."""
        machines = [*self._running]
        await asyncio.gather(*(self.stop(machine_id) for machine_id in machines))
        await self._network.close()
        await self._disks.close()

    async def _init_process(self, machine_id: str) -> int:
        """Return the process id of the machine's init on this computer; wait until there is one.

        Raise RuntimeError, with the end of the console, if the machine does not come up.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(BOOT_SECONDS):
                while (process := self._running.get(machine_id)) is not None:
                    if process.returncode not in (None, _REBOOT_STATUS):
                        break
                    for child in _children(process.pid):
                        if _is_init(child):
                            return child
                    await asyncio.sleep(0.02)
        console = self._folder / machine_id / "console.log"
        tail = console.read_text(errors="replace")[-2000:] if console.exists() else "no console"
        raise RuntimeError(f"machine {machine_id} does not run: {tail}")

    def _lock(self, machine_id: str) -> asyncio.Lock:
        return self._locks.setdefault(machine_id, asyncio.Lock())


async def _ask_to_power_off(process: asyncio.subprocess.Process) -> None:
    """Signal the machine's init and wait a second; a young init may miss the signal."""
    for child in _children(process.pid):
        if _is_init(child):
            with suppress(ProcessLookupError):
                os.kill(child, _POWER_OFF)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 1)


def _children(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def _is_init(pid: int) -> bool:
    """Return whether a process is number 1 of a namespace of its own."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                numbers = line.split()[1:]
                return len(numbers) > 1 and numbers[-1] == "1"
    return False
