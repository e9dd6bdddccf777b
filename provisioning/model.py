"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Where a server is in its life. `DELETED` and `FAILED` are the ends."""

    CREATING = "creating"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    STARTING = "starting"
    RESTARTING = "restarting"
    RESIZING = "resizing"
    DELETING = "deleting"
    RESTORING = "restoring"
    DELETED = "deleted"
    FAILED = "failed"

    @property
    def is_live(self) -> bool:
        """Whether the server may own something in the cloud, and so holds its name."""
        return self not in (Status.DELETED, Status.FAILED)


class Job(StrEnum):
    """What the engine can do with a server: the names of `provisioning.workflows`."""

    CREATE = "create"
    STOP = "stop"
    START = "start"
    RESTART = "restart"
    DELETE = "delete"
    DELETE_WITH_COPY = "delete_with_copy"
    UNDO = "undo"
    PASSWORD = "password"  # noqa: S105 - a word, not a password
    WARN = "warn"
    PEOPLE = "people"
    PACKAGES = "packages"
    REDRAW = "redraw"
    RENAME = "rename"
    RESIZE = "resize"


_UNDER_WAY = {
    Status.CREATING: Job.CREATE,
    Status.STOPPING: Job.STOP,
    Status.STARTING: Job.START,
    Status.RESTARTING: Job.RESTART,
    Status.RESIZING: Job.RESIZE,
    Status.DELETING: Job.DELETE,
    Status.RESTORING: Job.UNDO,
}
"""The states that only work leaves, and that work."""


class Stage(StrEnum):
    """The steps of a creation that its owner sees, in their order."""

    CHECK = "check"
    NETWORK = "network"
    MACHINE = "machine"
    CONNECT = "connect"
    SET_UP = "set_up"
    VERIFY = "verify"
    HAND_OVER = "hand_over"


@dataclass(frozen=True)
class Member:
    """A person: the Slack user id and the name that others see. `is_admin`: runs the bot."""

    id: str
    name: str = ""
    is_admin: bool = False


@dataclass(frozen=True)
class Server:
    """One notebook server and everything that is kept about it. No secret is in here.

    `id` is 12 lower-case letters and digits and names every cloud resource. `name` is
    what people type: a DNS label, unique among live servers. `request_key` is the Slack
    trigger that asked for it: the same key never makes a second server. `generation`
    goes up at each change of desired state, so that late steps of an older wish stop.
    `tls` says who gave the certificate (`provisioning.policy.TLS_MODES`), and `tls_reason` why it
    is the server's own where an authority's was wished.
    `host_key_generation` is the newest SSH host key that the machine was seen to have.
    `release` is a version of the platform; empty: its default one.
    `price_per_hour` is in US dollars, None where the price list did not answer.
    `failure` says why the last thing that was asked for did not work, "" where it did.
    `card_channel` and `card_ts` point at the DM that shows this server.
    `people_version` goes up with each change of who may come in; `people_applied` is the one
    that its machine was told last. `packages` are the requirements that the owner wants
    besides (PEP 508, with spaces between), `packages_applied` those that its machine has.
    `repository` is the https address of what was to be cloned, `repository_failure` why it was
    not. For `keep_seconds` from its hand-over on it is kept although nobody uses it.
    `password_shown_at` is since when the card shows a one-time password, None where it does not;
    `password_used_at` when the last one was seen to be used.
    `wished_size` and `wished_price` are what a change of its size under way is to end with.
    `elsewhere` are the other regions in which one that failed could have been made at that moment,
    with spaces between.
    `copy` is the word that names the copy of its disk which is kept when it is deleted, and
    `copy_until` until when; "" and None where none is.
    """

    id: str
    name: str
    owner: str
    owner_name: str
    platform: str
    size: str
    region: str
    status: Status
    created_at: datetime
    request_key: str
    generation: int = 1
    stage: Stage = Stage.CHECK
    stage_detail: str = ""
    price_per_hour: Decimal | None = None
    url: str = ""
    address: str = ""
    certificate_sha256: str = ""
    failure: str = ""
    failure_code: str = ""
    card_channel: str = ""
    card_ts: str = ""
    release: str = ""
    host_key_generation: int = 0
    tls: str = "self-signed"
    tls_reason: str = ""
    ready_at: datetime | None = None
    stopped_at: datetime | None = None
    ended_at: datetime | None = None
    password_expires_at: datetime | None = None
    people_version: int = 0
    people_applied: int = 0
    packages: str = ""
    packages_applied: str = ""
    repository: str = ""
    repository_failure: str = ""
    keep_seconds: int = 0
    copy: str = ""
    copy_until: datetime | None = None
    password_shown_at: datetime | None = None
    password_used_at: datetime | None = None
    wished_size: str = ""
    wished_price: Decimal | None = None
    elsewhere: str = ""

    @property
    def work_under_way(self) -> Job | None:
        """What brings it out of the state that it is in: begun again after a crash if it got
        lost. None in a state that lasts."""
        if self.status is Status.DELETING and self.copy:
            return Job.DELETE_WITH_COPY
        return _UNDER_WAY.get(self.status)

    @property
    def people_due(self) -> bool:
        """Whether its machine does not know yet who may come in."""
        return self.people_version > self.people_applied


@dataclass(frozen=True)
class Share:
    """A person who may use somebody else's server, or (`ended_at`) no longer may.

    One that has ended stays until the machine and the person were told. No `password_sent_at`:
    a one-time password is due. `card_channel` and `card_ts` point at the person's message.
    """

    server_id: str
    member: str
    member_name: str
    since: datetime
    ended_at: datetime | None = None
    password_sent_at: datetime | None = None
    card_channel: str = ""
    card_ts: str = ""


@dataclass(frozen=True)
class MemberKey:
    """A public SSH key of a person's: `line` is "algorithm base64", `fingerprint` as OpenSSH
    writes it ("SHA256:..."), `name` what the key's own comment calls it."""

    member: str
    fingerprint: str
    line: str
    name: str
    added_at: datetime


@dataclass(frozen=True)
class Event:
    """One line of the audit trail: who asked what of which server, when, and the result."""

    at: datetime
    actor: str
    action: str
    server_id: str | None
    result: str
    detail: str = ""


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
class HostAccess:
    """All that is needed for a first, already pinned, SSH connection.

    `host_public_key` is one line of OpenSSH format. `former_public_key` is taken too as long
    as the machine may not have changed it yet; empty: it was seen to have. `os` is "linux" or
    "windows".
    """

    address: str
    port: int
    user: str
    host_public_key: str
    former_public_key: str = ""
    os: str = "linux"


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


@dataclass(frozen=True)
class MachineEvent:
    """One line of the set-up program's report."""

    step: str
    state: str
    seconds: float = 0.0


@dataclass(frozen=True)
class MachineLogs:
    """The last lines of a machine's set-up and of its notebook server, oldest first; what
    looked like a secret is hidden already."""

    set_up: tuple[str, ...]
    server: tuple[str, ...]


@dataclass(frozen=True)
class LastOutput:
    """What the notebook that was saved last shows at its end: when that was, in seconds ago by
    the machine's clock, its last lines, and a picture (PNG, b"" if there is none)."""

    notebook: str
    saved_ago: float
    text: str
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class ExportedNotebook:
    """A notebook as it was saved: a whole page, and the inside of one for printing. `unknown`:
    the notebooks that there are instead, None where it was found."""

    path: str = ""
    html: str = field(default="", repr=False)
    printable: str = field(default="", repr=False)
    unknown: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SetUpResult:
    """What the set-up program reports at its end: the fingerprint of the notebook's
    certificate (SHA-256, colon-separated hex, upper case) and the seconds it took, who gave
    the certificate, and why it is the machine's own where another was wished."""

    certificate_sha256: str
    seconds: float
    changed: tuple[str, ...] = field(default=())
    tls: str = "self-signed"
    tls_reason: str = ""


@dataclass(frozen=True)
class Delivery:
    """Where a message landed in Slack; `to`: whose DM that is, where somebody must know."""

    channel: str
    ts: str
    to: str = ""
