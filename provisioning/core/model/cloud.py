"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Size:
    """A VM size as the region sells it: `memory_gb` in GiB, `family` is the quota's name."""

    name: str
    cores: int
    memory_gb: float
    family: str = ""
    gpus: int = 0


@dataclass(frozen=True)
class Quota:
    """Cores in use and at most, and what people call that limit."""

    usage: int
    limit: int
    title: str


@dataclass(frozen=True)
class Endpoint:
    """Where a VM is: its public address, its address inside the VNet, its DNS name."""

    public_address: str
    private_address: str
    hostname: str


@dataclass(frozen=True)
class MachineCommand:
    """A script that the cloud's agent runs on a VM, as its root or system.

    `secrets` are parameters too, which nobody can read back from the cloud. A value is one line.
    """

    name: str
    script: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Boot:
    """What a VM is created with: its user, the bot's public key, and cloud-init's data.

    `custom_data` is text, at most 65,535 bytes (Azure's limit). `command` is run after the
    creation, where the system does nothing with such data.
    """

    admin_user: str
    authorized_key: str
    custom_data: str = field(repr=False)
    command: MachineCommand | None = None


class PowerState(StrEnum):
    """Whether a VM runs. Only `DEALLOCATED` and `ABSENT` cost nothing for the machine."""

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
    """Something that exists in the cloud with this installation's tags. `is_copy`: of a disk,
    which may outlive its server."""

    id: str
    type: str
    name: str
    server_id: str
    owner: str
    is_copy: bool = False


@dataclass(frozen=True)
class CloudMachine:
    """A VM of this installation by its tags and properties: all that a lost row can be made
    of again. `image` is the cloud's reference ("publisher:offer:sku")."""

    server_id: str
    server_name: str
    owner: str
    power: PowerState
    size: str
    region: str
    image: str
    created_at: datetime | None
