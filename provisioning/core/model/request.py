"""What people wish for, as they said it: values alone, that may be kept for later."""

from dataclasses import dataclass
from datetime import timedelta

from provisioning.core.model.people import Member


@dataclass(frozen=True)
class CreateRequest:
    """What a person typed. `request_key` is the Slack trigger: the same one never makes two.

    `region`: None is the installation's own. `keep`: how long it stays on from its hand-over
    although nobody uses it. `packages` are requirements to add, `repository` the https address
    of a public Git repository to clone, `shares` the people who may use it too. `gpu`: only a
    size with one.
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
