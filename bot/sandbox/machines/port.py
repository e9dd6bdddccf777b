"""The contract between local Azure and a kind of machine (process, container, vm).

A machine is what a VM is to its owner: an address, an SSH server, a disk that outlives a stop.
Local Azure decides *when* (durations, power states); the kind decides *how*. Every call is safe to
repeat.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class MachineSpec:
    """The part of a VM's creation that its operating system can see.

    `machine_id` is unique and safe as a file name. `address` is the public IP (loopback for kinds
    `process` and `vm`). `custom_data` is the decoded cloud-init user-data; empty if none was given.
    `image` is `publisher:offer:sku`. `disk` names the copy of a disk that becomes the machine's
    disk; empty for a new disk of the image. The system on a copy has its own name, user and keys,
    and those of the spec are empty. `disk_gb` is the size of the disk, 0 for that of the image.
    """

    machine_id: str
    hostname: str
    os: str  # "linux" or "windows"
    image: str
    admin_user: str
    authorized_keys: tuple[str, ...]
    custom_data: bytes
    address: str
    disk: str = ""
    disk_gb: int = 0


@dataclass(frozen=True)
class CommandResult:
    """The output of a run command, and its exit status."""

    exit_code: int
    stdout: str
    stderr: str


class Machines(Protocol):
    """One kind of machine. All methods may be called again with the same result."""

    def boots(self, publisher: str) -> bool:
        """Return whether this kind has something that stands for this publisher's images."""
        ...

    def allocate_address(self, taken: frozenset[str]) -> str:
        """Return an address of this kind's range that is not in `taken`."""
        ...

    def private_address(self, address: str) -> str:
        """Return the address inside a machine that has this public address."""
        ...

    async def create(self, spec: MachineSpec) -> None:
        """Make the disk and boot; an existing machine boots.

        Return when the machine runs, as Azure does. Its set-up (cloud-init, SSH) may take longer.
        """
        ...

    async def start(self, machine_id: str) -> None:
        """Boot from the kept disk; a running machine goes on."""
        ...

    async def stop(self, machine_id: str) -> None:
        """End every process of the machine and keep its disk; a machine that is off stays off."""
        ...

    async def delete(self, machine_id: str) -> None:
        """Stop the machine and remove its disk; a missing machine is no error."""
        ...

    async def copy_disk(self, source: str, name: str) -> None:
        """Copy the disk of a machine (`source` is its id) or an earlier copy (its name).

        The machine is best off meanwhile. An existing copy of that name is replaced.
        """
        ...

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        """Give the disk of a machine that is off more GiB.

        The file system follows as on the system that the machine stands for: at the next boot, or
        when a program of the machine enlarges it.
        """
        ...

    async def delete_disk(self, name: str) -> None:
        """Remove a copy; a missing copy is no error."""
        ...

    async def is_running(self, machine_id: str) -> bool:
        """Return whether the machine is on; False for a missing machine."""
        ...

    async def run_command(
        self, machine_id: str, script: str, timeout: float = 5400
    ) -> CommandResult:
        """Run a shell script as the machine's root (Azure's run command), with a timeout in
        seconds."""
        ...

    async def close(self) -> None:
        """Stop every machine of this installation and leave no process behind; disks stay."""
        ...
