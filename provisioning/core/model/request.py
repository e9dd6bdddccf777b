"""Requests of members as they were typed, in a form that can be stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from provisioning.core.model.people import Member


@dataclass(frozen=True)
class CreateRequest:
    """A member's request for a new server.

    `request_key` is the Slack trigger; the same key never makes two servers. `region`: None for
    the installation's first. `keep`: time from the hand-over in which the cleanup leaves the server
    on. `packages` are requirements to add. `repository` is the https address of a public Git
    repository to clone. `shares` are the guests. `gpu`: only a size with a GPU will do.
    `disk_gb`: None for the platform's disk.
    """

    actor: Member
    platform: str
    name: str | None
    size: str | None
    request_key: str
    release: str | None = None
    region: str | None = None
    keep: timedelta | None = None
    packages: tuple[str, ...] = ()
    repository: str = ""
    shares: tuple[Member, ...] = ()
    gpu: bool = False
    disk_gb: int | None = None


class InteractionKind(StrEnum):
    """The kinds of interactions."""

    COMMAND = "command"
    CLICK = "click"


@dataclass(frozen=True)
class Interaction:
    """A command or a click, with what the bot needs to answer after a crash.

    `key` is Slack's trigger id, the same in each delivery. `content` is the typed text of a
    command, or the JSON text of a click without its message: a card may show a password.
    """

    key: str
    kind: InteractionKind
    member: str
    content: str
    received_at: datetime
