"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Member:
    """A person: the Slack user id and the name that others see. `is_admin`: runs the bot."""

    id: str
    name: str = ""
    is_admin: bool = False


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
