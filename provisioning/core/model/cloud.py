"""Sizes, quotas, VMs and resources of the cloud. Frozen values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

DISK_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
"""The sizes of disks in GiB that the cloud bills: a size between two of them costs like the next.

A system disk may have 4,095 GiB, but one with a master boot record can use 2 TiB at most.
https://learn.microsoft.com/azure/virtual-machines/linux/expand-disks
"""


def larger_disk(gb: int) -> int | None:
    """Return the next larger size of a disk, None if there is none."""
    return next((each for each in DISK_SIZES if each > gb), None)


@dataclass(frozen=True)
class Size:
    """A VM size that a region sells. `memory_gb` is in GiB; `family` is the quota's name."""

    name: str
    cores: int
    memory_gb: float
    family: str = ""
    gpus: int = 0


@dataclass(frozen=True)
class Quota:
    """A limit of cores or addresses: used, allowed, its title for people, and the cloud's name.

    The name is in lower case: the family of sizes, or "cores" for all of a region.
    """

    usage: int
    limit: int
    title: str
    name: str = ""


@dataclass(frozen=True)
class Endpoint:
    """The addresses of a VM: public, inside the VNet, and by DNS name."""

    public_address: str
    private_address: str
    hostname: str


@dataclass(frozen=True)
class MachineCommand:
    """A script that the cloud's agent runs on a VM as root or SYSTEM.

    `secrets` are parameters that the cloud never shows again. Each value is one line.
    """

    name: str
    script: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Boot:
    """The user, the bot's public key and the cloud-init data of a new VM.

    `custom_data` is text, at most 65,535 bytes (Azure's limit). `command` runs after the creation
    on a system that ignores such data.
    """

    admin_user: str
    authorized_key: str
    custom_data: str = field(repr=False)
    command: MachineCommand | None = None


class PowerState(StrEnum):
    """The power state of a VM. Only `DEALLOCATED` and `ABSENT` cost nothing for the VM."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CloudResource:
    """A resource with this installation's tags.

    `is_copy`: the resource is a snapshot of a disk, which may outlive its server. `is_foreign`: it
    is of a kind that the bot does not make, and so the bot does not delete it.
    """

    id: str
    type: str
    name: str
    server_id: str
    owner: str
    is_copy: bool = False
    is_foreign: bool = False


@dataclass(frozen=True)
class CloudMachine:
    """A VM by its tags and properties: enough to write a lost row again.

    `image` is the cloud's reference ("publisher:offer:sku").
    """

    server_id: str
    server_name: str
    owner: str
    power: PowerState
    size: str
    region: str
    image: str
    created_at: datetime | None


@dataclass(frozen=True)
class ShownParts:
    """What the cloud shows of one server, each part asked for by its name.

    `attached`: the disk or the network interface says that a machine uses it.
    """

    machine: bool = False
    disk: bool = False
    attached: bool = False


@dataclass(frozen=True)
class CloudRight:
    """An action of the cloud's at a scope such as `resourceGroups/x`, and what it is for."""

    action: str
    scope: str
    purpose: str = ""


@dataclass(frozen=True)
class RightsGranted:
    """What the bot needs and lacks, and what it is granted without need, by pattern."""

    missing: tuple[CloudRight, ...] = ()
    beyond: tuple[CloudRight, ...] = ()
