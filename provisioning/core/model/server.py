"""The server, its states, and what belongs to a server.

Frozen values only: no I/O, and nothing of Slack, Azure or SQL.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from provisioning.core.language import N_, said
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import Absence, DiskUse, DiskWarning, Outage


class Status(StrEnum):
    """The state of a server. `DELETED` and `FAILED` are final.

    `MISSING`: Azure has not shown the machine for long. The row stays, and nothing is deleted.
    """

    CREATING = "creating"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    STARTING = "starting"
    RESTARTING = "restarting"
    RESIZING = "resizing"
    MISSING = "missing"
    DELETING = "deleting"
    RESTORING = "restoring"
    DELETED = "deleted"
    FAILED = "failed"

    @property
    def is_live(self) -> bool:
        """Whether the server may own something in the cloud, and so holds its name."""
        return self not in (Status.DELETED, Status.FAILED)


class Job(StrEnum):
    """What the engine can do with a server: the names of the workflows."""

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
    CLEAN_UP = "clean_up"
    REPAIR = "repair"
    UPDATE = "update"


_UNDER_WAY = {
    Status.CREATING: Job.CREATE,
    Status.STOPPING: Job.STOP,
    Status.STARTING: Job.START,
    Status.RESTARTING: Job.RESTART,
    Status.RESIZING: Job.RESIZE,
    Status.DELETING: Job.DELETE,
    Status.RESTORING: Job.UNDO,
}
"""The states that only a workflow ends -> that workflow."""


class Stage(StrEnum):
    """The steps of a creation that the owner sees, in order."""

    CHECK = "check"
    NETWORK = "network"
    MACHINE = "machine"
    CONNECT = "connect"
    SET_UP = "set_up"
    VERIFY = "verify"
    HAND_OVER = "hand_over"


@dataclass(frozen=True)
class Failure:
    """Why the last request for a server did not work: a text for people, and a code for programs.

    `code` is Azure's error code or one of the bot's own, "" where the failure has none. `job` names
    the workflow that failed, "" in rows of older versions.
    """

    text: str
    code: str = ""
    job: str = ""


@dataclass(frozen=True)
class Remains:
    """What a failed workflow may have left in Azure or on the machine, and still has to put right.

    `job` names that workflow. `reason` says why the clean-up failed for good, "" while it goes on.
    """

    job: str
    reason: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The snapshot of a server's disk that outlives the server's deletion.

    `id` is the part of the snapshot's name that tells it from other snapshots of that server.
    `until` is the end of its retention.
    """

    id: str
    until: datetime


@dataclass(frozen=True)
class CardPassword:
    """The owner's latest one-time password. Its clear text is kept nowhere.

    `shown_at` is the time since which the card shows the password, None if it does not.
    `used_at` is the time at which the password was seen to be used.
    """

    expires_at: datetime
    shown_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True)
class PasswordHidden:
    """A change of `Server.password` by `ServerStore.update`: the card hides the password."""


@dataclass(frozen=True)
class ResizeRequest:
    """The size that a server gets, and that size's price per hour in US dollars if known.

    `disk_gb` is the disk's new size, 0 for the present one.
    """

    size: str
    price: Decimal | None
    disk_gb: int = 0


@dataclass(frozen=True)
class AccessList:
    """How far the server's machine knows its access list.

    `version` goes up with each change of the list; `applied` is the version that the machine has.
    """

    version: int = 0
    applied: int = 0

    @property
    def is_due(self) -> bool:
        """Whether the machine has an older version of the list."""
        return self.version > self.applied

    @property
    def due_again(self) -> "AccessList":
        """The list with a new version, so that the machine gets it again."""
        return AccessList(self.version + 1, self.applied)


@dataclass(frozen=True)
class Server:
    """A notebook server and everything that the database keeps about it. It holds no secret.

    - `id` is 12 lower-case letters and digits, and names every cloud resource.
    - `name` is what people type: a DNS label, unique among live servers.
    - `request_key` is the Slack trigger of the request: one key never makes two servers.
    - `generation` goes up with each new desired state, so that steps of an older request stop.
    - `price_per_hour` is in US dollars, None where the price list did not answer.
    - `failure` is None where the last request worked, `remains` where no failed one left anything.
    - `card` is the DM that shows the server to its owner, None before the first one.
    - `newer_card`: a newer card may be in the DM, whose place got lost with Slack's answer.
    - `release` is a version of the platform; empty: the platform's default release.
    - `host_key_generation` is the newest SSH host key that the bot has seen on the machine.
    - `tls` names the certificate's issuer: `self-signed`, `organisation` or `acme`.
    - `tls_reason` says why the certificate is self-signed although an authority was asked.
    - `password` is None while the owner is still to get a one-time password.
    - `packages` are the owner's additional requirements (PEP 508); the machine has those of
      `packages_applied`.
    - `repository` is the https address to clone, `repository_failure` why cloning did not work.
    - `keep_seconds` count from the hand-over: the server runs for so long although it is idle.
    - `snapshot` is the one of its deletion or None, `resize` the request while its size changes.
    - `elsewhere` are the other regions that had room for a server that could not be created.
    - `absence` is None while the cloud shows the machine.
    - `disk_gb` is the disk's size in GiB, 0 for that of the image (servers of older versions);
      `disk_price` is the disk's price in US dollars a month, None if unknown.
    - `disk` is how full the latest probe found the disk, `disk_warning` the latest DM about that.
    - `machine_version` is the version (a digest) that the machine has, "" if unknown.
    - `update_round` names the admin's round of updates that is to reach the server, "" for none.
    - `outage` is None while the notebook answers, or the machine is off.
    - `awaited`: a member has requested the present state, and waits for its end.
    - `closed_at` is the time since which the owner may not sign in, because the owner has left;
      None while the owner may. An admin's decision ends it.
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
    failure: Failure | None = None
    card: Delivery | None = None
    newer_card: bool = False
    release: str = ""
    host_key_generation: int = 0
    tls: str = "self-signed"
    tls_reason: str = ""
    ready_at: datetime | None = None
    stopped_at: datetime | None = None
    ended_at: datetime | None = None
    password: CardPassword | None = None
    access_list: AccessList = AccessList()
    packages: tuple[str, ...] = ()
    packages_applied: tuple[str, ...] = ()
    repository: str = ""
    repository_failure: str = ""
    keep_seconds: int = 0
    snapshot: Snapshot | None = None
    resize: ResizeRequest | None = None
    elsewhere: tuple[str, ...] = ()
    absence: Absence | None = None
    closed_at: datetime | None = None
    remains: Remains | None = None
    disk_gb: int = 0
    disk: DiskUse | None = None
    disk_warning: DiskWarning | None = None
    machine_version: str = ""
    update_round: str = ""
    outage: Outage | None = None
    disk_price: Decimal | None = None
    awaited: bool = False

    @property
    def has_leftovers(self) -> bool:
        """Whether the server has ended, but something of it may still cost money."""
        return self.remains is not None and not self.status.is_live

    @property
    def awaits_growth(self) -> bool:
        """Whether the file system may be smaller than the disk: by a tenth, or not known yet."""
        wanted = self.disk_gb * 1024**3
        return bool(wanted) and (self.disk is None or self.disk.size < wanted * 0.9)

    @property
    def work_under_way(self) -> Job | None:
        """The workflow that ends the present state, for a crash that lost it; None if it lasts."""
        if self.status is Status.DELETING and self.snapshot:
            return Job.DELETE_WITH_COPY
        job = _UNDER_WAY.get(self.status)
        is_repair = self.failure is not None and self.failure.job == Job.REPAIR
        return Job.REPAIR if is_repair and job in (Job.START, Job.RESTART) else job


_WORDS = {
    Status.CREATING: N_("creating"),
    Status.RUNNING: N_("running"),
    Status.STOPPING: N_("stopping"),
    Status.STOPPED: N_("stopped"),
    Status.STARTING: N_("starting"),
    Status.RESTARTING: N_("restarting"),
    Status.RESIZING: N_("resizing"),
    Status.MISSING: N_("missing"),
    Status.RESTORING: N_("restoring"),
    Status.DELETING: N_("deleting"),
    Status.DELETED: N_("deleted"),
    Status.FAILED: N_("failed"),
}


def state_word(status: Status) -> str:
    """In the current language."""
    return said(_WORDS[status])
