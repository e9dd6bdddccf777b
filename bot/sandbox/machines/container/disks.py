"""The disks of containers: each is an overlay over the image's file tree."""

import asyncio
import json
import shutil
import uuid
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.sandbox.machines import seed
from bot.sandbox.machines.container.network import Network
from bot.sandbox.machines.copying import copy_files
from bot.sandbox.machines.image.cache import Image
from bot.sandbox.machines.port import MachineSpec


class ContainerDisks:
    """The disks in a folder that holds one folder for each machine."""

    def __init__(self, folder: Path, image: Image, network: Network) -> None:
        self._folder = folder
        self._image = image
        self._network = network
        self._removed = folder / ".removed"
        self._removed.mkdir(exist_ok=True)
        self._disks = folder / ".disks"
        self._disks.mkdir(exist_ok=True)
        self._removing: asyncio.Future[None] | None = None

    async def copy(self, source: str, name: str) -> None:
        """Copy the disk of a machine, or a copy of one, to a new disk."""
        machine = self._folder / source
        origin = machine if machine.exists() else self._disks / source
        await copy_files(origin, ("upper", "image"), self._disks / name)

    def delete(self, folder: Path) -> None:
        """Delete a folder with a disk in the background; a missing folder is no error.

        A disk with its environment has ten thousand files or more. A busy computer takes a
        minute to remove them, and Azure lets no request wait for that.
        """
        with suppress(FileNotFoundError):
            folder.rename(self._removed / str(uuid.uuid4()))
        self.remove_rest()

    def path(self, name: str) -> Path:
        """Return the folder of a disk that belongs to no machine."""
        return self._disks / name

    def remove_rest(self) -> None:
        """Remove in the background the disks that a killed sandbox had begun to delete."""
        if self._removing is None or self._removing.done():
            self._removing = asyncio.ensure_future(asyncio.to_thread(_empty, self._removed))

    async def close(self) -> None:
        """Wait until the deleted disks are gone."""
        if self._removing is not None:
            await self._removing

    def make(self, spec: MachineSpec) -> None:
        """Make the disk of a new machine; one that has been made completely stays."""
        folder = self._folder / spec.machine_id
        if (folder / "machine.json").exists():
            return
        if spec.disk:
            self._take_disk(folder, spec)
        else:
            self._make_disk(folder, spec)

    def _take_disk(self, folder: Path, spec: MachineSpec) -> None:
        """Make a machine's disk from a copy. machine.json comes last: `make` looks for it."""
        for part in ("work", "root"):
            _directory(folder / part)
        copy = self._disks / spec.disk
        if copy.exists():
            (copy / "upper").rename(folder / "upper")
            (copy / "image").rename(folder / "image")
            shutil.rmtree(copy)
        seed.another_instance(folder / "upper" / seed.FOLDER, spec, self._interface(spec))
        self._describe(folder, spec, (folder / "image").read_text())

    def _interface(self, spec: MachineSpec) -> dict[str, Any]:
        network = self._network.machines
        interface = {
            "addresses": [f"{spec.address}/{network.prefixlen}"],
            "gateway4": self._network.gateway,
        }
        return {"ethernets": {"host0": interface}}

    def _describe(self, folder: Path, spec: MachineSpec, image: str) -> None:
        """Write machine.json. `image` is the file tree that the disk differs from."""
        _write(folder / "image", image.encode(), 0o644)
        description = asdict(spec) | {"custom_data": "", "image": image}
        _write(folder / "machine.json", json.dumps(description).encode(), 0o600)

    def _make_disk(self, folder: Path, spec: MachineSpec) -> None:
        for part in ("work", "root", "upper"):
            _directory(folder / part)
        _directory(folder / "upper" / seed.FOLDER)
        files = seed.nocloud_files(spec, self._interface(spec))
        for name, content in files.items():
            _write(folder / "upper" / seed.FOLDER / name, content, 0o600)
        names = {"localhost": "127.0.0.1", spec.hostname: "127.0.1.1", **self._network.hosts}
        hosts = "".join(f"{address} {name}\n" for name, address in names.items())
        _directory(folder / "upper/etc")
        _write(folder / "upper/etc/hosts", hosts.encode(), 0o644)
        self._describe(folder, spec, str(self._image.root))


def _empty(folder: Path) -> None:
    """Remove everything in a folder, also what is added meanwhile."""
    while names := [path.name for path in folder.iterdir()]:
        for name in names:
            shutil.rmtree(folder / name)


def _directory(path: Path) -> None:
    """Make a folder with a system folder's mode, whatever the umask of this process is."""
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.chmod(0o755)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.touch(mode=mode)
    path.write_bytes(content)
    path.chmod(mode)
