"""The people and channels of the workspace, and its app."""

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

TEAM = "T_SANDBOX"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
APP = "A_NOTEBOOK"
BOT_USER = "U_BOT"
BOT = "B_BOT"
BOT_NAME = "notebook-bot"
SLACKBOT = "USLACKBOT"
GENERAL = "C_GENERAL"
GROUP = "S_DATA"
GROUP_HANDLE = "data-team"

SCOPES = (
    "channels:history",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)
"""The scopes of the bot's token, which Slack writes into the header of each answer."""

BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - no secret: the sandbox listens on loopback only
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """One person. `tz` is an IANA name, `locale` a language tag, `color` six hexadecimal digits."""

    id: str
    name: str
    real_name: str
    tz: str
    locale: str
    color: str
    is_admin: bool = False

    @property
    def dm(self) -> str:
        """The channel between this person and the bot."""
        return f"D_{self.id.removeprefix('U_')}"


PEOPLE = {
    person.id: person
    for person in (
        Person("U_ANA", "ana", "Ana", "Europe/Madrid", "en-US", "9f69e7"),
        Person("U_BOB", "bob", "Bob", "Asia/Seoul", "ko-KR", "4bbe2e"),
        Person("U_EVE", "eve", "Eve", "Europe/London", "en-GB", "e7392d", is_admin=True),
        Person("U_MAL", "mal", "Mal", "America/New_York", "en-US", "3c989f"),
        Person("U_IDA", "ida", "Ida", "Europe/Berlin", "en-US", "d58247"),
    )
}
GROUP_MEMBERS = ("U_ANA", "U_BOB", "U_EVE")
DMS = {person.dm: person.id for person in PEOPLE.values()}


def with_ids(text: str) -> str:
    """Return the text with `@bob` as `<@U_BOB|bob>`."""
    by_name = {person.name: person for person in PEOPLE.values()}

    def mention(match: re.Match[str]) -> str:
        person = by_name.get(match[1].lower())
        return match[0] if person is None else f"<@{person.id}|{person.name}>"

    return re.sub(r"(?<![\w<])@(\w+)", mention, text)


def members(channel: str) -> tuple[str, ...]:
    """Return the people who can read a channel; none for an unknown channel."""
    if channel == GENERAL:
        return tuple(PEOPLE)
    return (DMS[channel],) if channel in DMS else ()


def channel_name(channel: str) -> str:
    """Return a channel as payloads carry it."""
    return "general" if channel == GENERAL else "directmessage"


def api_user(
    user_id: str, *, with_locale: bool, deactivated: Collection[str] = ()
) -> dict[str, Any] | None:
    """Return the `user` object of users.info for a person or the bot; None for an unknown id."""
    if user_id == BOT_USER:
        return _user(BOT_USER, BOT_NAME, BOT_NAME) | {"is_bot": True, "is_admin": False}
    person = PEOPLE.get(user_id)
    if person is None:
        return None
    now = datetime.now(UTC).astimezone(ZoneInfo(person.tz))
    offset = now.utcoffset()
    user = _user(person.id, person.name, person.real_name) | {
        "color": person.color,
        "tz": person.tz,
        "tz_label": now.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.is_admin,
        "is_bot": False,
        "deleted": user_id in deactivated,
    }
    return user | ({"locale": person.locale} if with_locale else {})


def _user(user_id: str, name: str, real_name: str) -> dict[str, Any]:
    return {
        "id": user_id,
        "team_id": TEAM,
        "name": name,
        "deleted": False,
        "real_name": real_name,
        "profile": {"real_name": real_name, "display_name": real_name, "team": TEAM},
        "updated": 0,
    }


def page_people() -> dict[str, Any]:
    """Return the people and channels as the page shows them."""
    channels: list[dict[str, Any]] = [{"id": GENERAL, "name": "general", "is_im": False}]
    channels += [{"id": dm, "name": "", "is_im": True, "user": user} for dm, user in DMS.items()]
    people = [asdict(person) | {"name": person.real_name} for person in PEOPLE.values()]
    return {"people": people, "channels": channels}
