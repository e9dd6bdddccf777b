"""What people wish for, as they said it: values alone, that may be kept for later."""

from dataclasses import dataclass

from provisioning.model import Member


@dataclass(frozen=True)
class CreateRequest:
    """What a person typed. `request_key` is the Slack trigger: the same one never makes two."""

    actor: Member
    platform: str
    name: str | None
    size: str | None
    request_key: str
    release: str | None = None
