"""Members, shares and SSH keys. Frozen values only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Member:
    """A person by Slack user id, with the name that others see. `is_admin`: runs the bot."""

    id: str
    name: str = ""
    is_admin: bool = False


@dataclass(frozen=True)
class Share:
    """A guest of another member's server. With `ended_at` the guest no longer has access.

    An ended share stays until the machine and the guest have been notified. Without
    `password_sent_at` a one-time password is due. `card_channel` and `card_ts` are the place of
    the guest's message.
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
    """A member's public SSH key.

    `line` is "algorithm base64", `fingerprint` has OpenSSH's form ("SHA256:..."), and `name` is
    the key's own comment.
    """

    member: str
    fingerprint: str
    line: str
    name: str
    added_at: datetime
