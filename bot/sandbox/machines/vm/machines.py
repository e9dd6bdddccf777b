"""Machines of kind `vm`: virtual machines of QEMU with a kernel of their own, without root.

Beyond containers, this kind proves the boot of a kernel, DHCP, a reboot of the whole machine,
uptime and load of its own. It does not prove Ubuntu itself, or Azure's agent and data source. The
network is QEMU's own: the product's two ports on the machine's address in 127/8 lead into the
machine, which reaches what this computer reaches.
"""

import asyncio
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bot.sandbox.machines import seed
from bot.sandbox.machines.copying import copy_files
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.cache import Image, stands_for
from bot.sandbox.machines.port import CommandResult, MachineSpec
from bot.sandbox.machines.ports import USUAL_SSH, machine_ports
from bot.sandbox.machines.process.addresses import free_address
from bot.sandbox.machines.vm.acceleration import acceleration
from bot.sandbox.machines.vm.sockets import AGENT, MONITOR, monitor, run_in_guest

PROGRAMS = ("qemu-system-x86_64", "qemu-img", "mmdebstrap", "mke2fs", "setpriv")
PACKAGES = "qemu-system-x86 qemu-utils mmdebstrap e2fsprogs uidmap util-linux"

STOP_SECONDS = 90.0
"""Seconds for a stop: systemd's own timeout for a service, and time for the emulation."""
_INSIDE, _NAMES = "10.0.2.15", "10.0.2.3"  # the guest and the name server in QEMU's network
_MEMORY_MIB, _CORES = 1024, 2
_NETWORK = {"ethernets": {"eth0": {"dhcp4": True}}}
_DISK = ("disk.qcow2", "seed")


def require_vms() -> None:
    """Raise MachinesError if this computer can't run virtual machines, saying what is missing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise MachinesError(
            f"DEMO_MACHINES=vm needs {', '.join(missing)}. On Debian and Ubuntu: "
            f"apt-get install {PACKAGES}"
        )


class VmMachines:
    """Machines as QEMU's virtual machines; `folder` holds one folder for each machine."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._folder = folder.absolute()
        self._disks = self._folder / ".disks"
        self._image = image
        self._ports = machine_ports()
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}

    def boots(self, publisher: str) -> bool:
        """Return whether the image can stand for this publisher's images."""
        return stands_for(publisher)

    def allocate_address(self, taken: frozenset[str]) -> str:
        """Return a free address of the range in 127/8."""
        return free_address(self._folder, taken, self._ports.ssh)

    def private_address(self, address: str) -> str:
        """Return the guest's address in QEMU's network, which is the same for every machine."""
        return _INSIDE

    async def create(self, spec: MachineSpec) -> None:
        """Make the disk and boot."""
        folder = self._folder / spec.machine_id
        if spec.disk and not (folder / "machine.json").exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in _DISK:
                with suppress(FileNotFoundError):  # moved before a kill
                    (self._disks / spec.disk / name).rename(folder / name)
            seed.another_instance(folder / "seed", spec, _NETWORK)
            (folder / "machine.json").write_text(json.dumps(asdict(spec) | {"custom_data": ""}))
        if not (folder / "machine.json").exists():
            (folder / "seed").mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            files = seed.nocloud_files(spec, _NETWORK, self._first_boot(spec))
            for name, content in files.items():
                (folder / "seed" / name).write_bytes(content)
            await _make_disk(self._image.folder / "disk.qcow2", folder / "disk.qcow2")
            if spec.disk_gb:
                await _enlarge(folder / "disk.qcow2", spec.disk_gb)
            description = asdict(spec) | {"custom_data": ""}
            (folder / "machine.json").write_text(json.dumps(description))
        await self.start(spec.machine_id)

    def _first_boot(self, spec: MachineSpec) -> dict[str, object]:
        """Return settings that a cloud's image would bring: names, and the product's SSH port."""
        files = {
            "/etc/resolv.conf": f"nameserver {_NAMES}\n",
            "/etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {spec.hostname}\n",
        }
        if self._ports.ssh != USUAL_SSH:
            files["/etc/ssh/sshd_config.d/port.conf"] = f"Port {self._ports.ssh}\n"
        return {"write_files": [{"path": path, "content": text} for path, text in files.items()]}

    async def start(self, machine_id: str) -> None:
        """Boot from the kept disk."""
        async with self._lock(machine_id):
            if await self.is_running(machine_id):
                return
            folder = self._folder / machine_id
            for name in (MONITOR, AGENT):
                (folder / name).unlink(missing_ok=True)
            address = json.loads((folder / "machine.json").read_text())["address"]
            options = await asyncio.to_thread(acceleration, self._image.folder / "vmlinuz")
            with (folder / "qemu.log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *"setpriv --pdeathsig KILL".split(),  # a killed sandbox leaves none behind
                    "qemu-system-x86_64",
                    *options,
                    *self._hardware(machine_id, address),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    start_new_session=True,
                )
            self._running[machine_id] = process
            while not ((folder / MONITOR).exists() and (folder / AGENT).exists()):
                if process.returncode is not None:
                    tail = (folder / "qemu.log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"machine {machine_id} does not run: {tail}")
                await asyncio.sleep(0.02)

    def _hardware(self, machine_id: str, address: str) -> list[str]:
        """Return QEMU's options; file names are relative to the machine's folder."""
        ports = (self._ports.ssh, self._ports.https)
        forwards = "".join(f",hostfwd=tcp:{address}:{port}-:{port}" for port in ports)
        options = {
            "-name": [machine_id],
            "-display": ["none"],
            "-m": [str(_MEMORY_MIB)],
            "-smp": [str(_CORES)],
            "-kernel": [str(self._image.folder / "vmlinuz")],
            "-initrd": [str(self._image.folder / "initrd.img")],
            "-append": ["root=LABEL=root rw console=ttyS0 net.ifnames=0"],
            "-drive": ["file=disk.qcow2,if=virtio,cache=unsafe"],
            "-blockdev": ["driver=vvfat,node-name=seed,dir=seed,label=cidata,read-only=on"],
            "-netdev": [f"user,id=net,ipv6=off{forwards}"],
            "-chardev": [f"socket,id=agent,path={AGENT},server=on,wait=off"],
            "-device": [
                "virtio-blk-pci,drive=seed",
                "virtio-net-pci,netdev=net,romfile=",
                "virtio-rng-pci",
                "virtio-serial-pci",
                "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            ],
            "-monitor": [f"unix:{MONITOR},server=on,wait=off"],
            "-serial": ["file:console.log"],
        }
        pairs = [(name, value) for name, values in options.items() for value in values]
        return ["-nodefaults", *(word for pair in pairs for word in pair)]

    async def stop(self, machine_id: str) -> None:
        """Shut the machine down; after `STOP_SECONDS` it is killed."""
        async with self._lock(machine_id):
            process = self._running.pop(machine_id, None)
            if process is None or process.returncode is not None:
                return
            with suppress(OSError, asyncio.IncompleteReadError):
                await monitor(self._folder / machine_id, "system_powerdown")
            await _end(process, STOP_SECONDS)

    async def delete(self, machine_id: str) -> None:
        """Kill the machine and remove its disk."""
        async with self._lock(machine_id):
            process = self._running.pop(machine_id, None)
            if process is not None:
                await _end(process, 0)
            if (self._folder / machine_id).exists():
                await asyncio.to_thread(shutil.rmtree, self._folder / machine_id)

    async def copy_disk(self, source: str, name: str) -> None:
        """Copy the disk of a machine, or a copy, to a new copy."""
        machine = self._folder / source
        origin = machine if machine.exists() else self._disks / source
        await copy_files(origin, _DISK, self._disks / name)

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        """Enlarge the disk; cloud-init in the guest lets the file system follow at its boot."""
        await _enlarge(self._folder / machine_id / "disk.qcow2", gb)

    async def delete_disk(self, name: str) -> None:
        """Remove a copy."""
        await asyncio.to_thread(shutil.rmtree, self._disks / name, ignore_errors=True)

    async def is_running(self, machine_id: str) -> bool:
        """Return whether QEMU runs for the machine."""
        process = self._running.get(machine_id)
        return process is not None and process.returncode is None

    async def run_command(
        self, machine_id: str, script: str, timeout: float = 5400
    ) -> CommandResult:
        """Run a shell script as the machine's root, by the guest agent."""
        return await run_in_guest(self._folder / machine_id, script, timeout)

    async def close(self) -> None:
        """Stop all machines."""
        await asyncio.gather(*(self.stop(machine_id) for machine_id in [*self._running]))

    def _lock(self, machine_id: str) -> asyncio.Lock:
        return self._locks.setdefault(machine_id, asyncio.Lock())


async def _enlarge(disk: Path, gb: int) -> None:
    process = await asyncio.create_subprocess_exec(
        "qemu-img", "resize", "-q", "-f", "qcow2", disk, f"{gb}G"
    )
    if await process.wait() != 0:
        raise RuntimeError(f"qemu-img could not enlarge {disk}")


async def _make_disk(image: Path, disk: Path) -> None:
    """Make a disk that holds only the differences from the image."""
    process = await asyncio.create_subprocess_exec(
        "qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", os.fspath(image), disk
    )
    if await process.wait() != 0:
        raise RuntimeError(f"qemu-img could not make {disk}")


async def _end(process: asyncio.subprocess.Process, patience: float) -> None:
    """Wait for QEMU to end by itself, then kill it."""
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
