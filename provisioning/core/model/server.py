"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, said


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
    """What the engine can do with a server: the names of `provisioning.workflows.create`."""

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
class Server:
    """One notebook server and everything that is kept about it. No secret is in here.

    `id` is 12 lower-case letters and digits and names every cloud resource. `name` is
    what people type: a DNS label, unique among live servers. `request_key` is the Slack
    trigger that asked for it: the same key never makes a second server. `generation`
    goes up at each change of desired state, so that late steps of an older wish stop.
    `tls` says who gave the certificate (`self-signed`, `organisation` or `acme`), and
    `tls_reason` why it is the server's own where an authority's was asked for.
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


_WORDS = {
    Status.CREATING: N_("creating"),
    Status.RUNNING: N_("running"),
    Status.STOPPING: N_("stopping"),
    Status.STOPPED: N_("stopped"),
    Status.STARTING: N_("starting"),
    Status.RESTARTING: N_("restarting"),
    Status.RESIZING: N_("resizing"),
    Status.RESTORING: N_("restoring"),
    Status.DELETING: N_("deleting"),
    Status.DELETED: N_("deleted"),
    Status.FAILED: N_("failed"),
}


def state_word(status: Status) -> str:
    """In the current language."""
    return said(_WORDS[status])


def has_just_changed(server: Server) -> UserError:
    """To whoever was a moment too late."""
    return UserError(
        _("`{name}` has just changed. Look at `list` and try again.", name=server.name)
    )
