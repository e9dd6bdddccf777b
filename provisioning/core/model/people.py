"""Members, shares and SSH keys. Frozen values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


class Standing(StrEnum):
    """Whether a person may use notebook servers, as Slack answers now.

    - `DEACTIVATED`: Slack says that the account is deactivated.
    - `OUTSIDE`: the account is unknown, or in none of the groups that may use the bot.
    - `NO_GROUP`: as `OUTSIDE`, but these groups have no member at all, so the settings or the
      groups may be wrong.
    - `UNKNOWN`: Slack does not answer.
    """

    MEMBER = "member"
    DEACTIVATED = "deactivated"
    OUTSIDE = "outside"
    NO_GROUP = "no group"
    UNKNOWN = "unknown"

    @property
    def is_gone(self) -> bool:
        """Whether the person has left, for all that Slack says."""
        return self in (Standing.DEACTIVATED, Standing.OUTSIDE, Standing.NO_GROUP)


@dataclass(frozen=True)
class Departure:
    """A member who has left, with what that ended.

    `shares` are the names of the servers that were shared with the member, `keys` is the number of
    their SSH keys.
    """

    member: str
    left_at: datetime
    cause: Standing
    shares: tuple[str, ...] = ()
    keys: int = 0
