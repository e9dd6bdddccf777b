"""What local Azure asks of a kind of machine (process, container, vm).

A machine is what a VM is to its owner: an address, an SSH server, a disk that
outlives a stop. Local Azure decides *when* (durations, power states); the kind
decides *how*. Every call is safe to repeat.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class MachineSpec:
    """What a VM was created with, as far as its operating system can see it.

    `machine_id` is unique and safe as a file name. `address` is where the public
    IP leads (loopback for kinds `process` and `vm`). `custom_data` is the decoded
    cloud-init user-data; empty where none was given. `image` is
    `publisher:offer:sku`. `disk` names the copy of a disk that it is made on, which is
    the machine's from then on; the system on it has its own name, user and keys, and those
    of the spec are empty. Empty: a new disk of the image.
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


@dataclass(frozen=True)
class CommandResult:
    """What a run command printed, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


class Machines(Protocol):
    """One kind of machine. All methods may be called again with the same result."""

    def boots(self, publisher: str) -> bool:
        """Whether there is something here to stand for this publisher's images."""
        ...

    def allocate_address(self, taken: frozenset[str]) -> str:
        """An address of this kind's range that is not in `taken`."""
        ...

    def private_address(self, address: str) -> str:
        """What a machine with this public address has as its own, inside."""
        ...

    async def create(self, spec: MachineSpec) -> None:
        """Make the disk and boot. Returns as Azure does: when the machine runs, not
        when its set-up (cloud-init, SSH) has ended. If it exists, boots it."""
        ...

    async def start(self, machine_id: str) -> None:
        """Boot from the kept disk. If it runs, nothing happens."""
        ...

    async def stop(self, machine_id: str) -> None:
        """End every process of the machine; the disk stays. If it is off, nothing happens."""
        ...

    async def delete(self, machine_id: str) -> None:
        """Stop and remove the disk. If it does not exist, returns without error."""
        ...

    async def copy_disk(self, source: str, name: str) -> None:
        """Copy a machine's disk (`source` is its id; best while it is off) or an earlier copy
        (its name). One that is there already is replaced."""
        ...

    async def delete_disk(self, name: str) -> None:
        """Remove a copy. If there is none, returns without error."""
        ...

    async def is_running(self, machine_id: str) -> bool:
        """Whether the machine is on. False if it does not exist."""
        ...

    async def run_command(
        self, machine_id: str, script: str, timeout: float = 5400
    ) -> CommandResult:
        """Run a shell script as the machine's root (Azure's run command), seconds of timeout."""
        ...

    async def close(self) -> None:
        """Stop every machine of this installation and leave no process behind; disks stay."""
        ...
