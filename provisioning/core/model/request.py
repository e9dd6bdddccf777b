"""Requests of members as they were typed, in a form that can be stored."""

from dataclasses import dataclass
from datetime import timedelta

from provisioning.core.model.people import Member


@dataclass(frozen=True)
class CreateRequest:
    """A member's request for a new server.

    `request_key` is the Slack trigger; the same key never makes two servers. `region`: None for
    the installation's first. `keep`: time from the hand-over in which the cleanup leaves the server
    on. `packages` are requirements to add. `repository` is the https address of a public Git
    repository to clone. `shares` are the guests. `gpu`: only a size with a GPU will do.
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
