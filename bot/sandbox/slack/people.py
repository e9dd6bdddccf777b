"""The workspace: who is in it, which channels there are, and what the app is."""

from dataclasses import asdict, dataclass
from typing import Any

TEAM = "T_SANDBOX"
TEAM_DOMAIN = "sandbox"
APP = "A_NOTEBOOK"
BOT_USER = "U_BOT"
BOT = "B_BOT"
SLACKBOT = "USLACKBOT"
GENERAL = "C_GENERAL"
GROUP = "S_DATA"

BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - known to everybody, for loopback only
APP_TOKEN = "xapp-sandbox"  # noqa: S105
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """`tz` is an IANA name; `tz_offset` its winter offset in seconds."""

    id: str
    name: str
    real_name: str
    tz: str
    tz_offset: int
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
        Person("U_ANA", "ana", "Ana", "Europe/Madrid", 3600, "en-US", "9f69e7"),
        Person("U_BOB", "bob", "Bob", "Asia/Seoul", 32400, "ko-KR", "4bbe2e"),
        Person("U_EVE", "eve", "Eve", "Europe/London", 0, "en-GB", "e7392d", is_admin=True),
        Person("U_MAL", "mal", "Mal", "America/New_York", -18000, "en-US", "3c989f"),
    )
}
GROUP_MEMBERS = ("U_ANA", "U_BOB", "U_EVE")
DMS = {person.dm: person.id for person in PEOPLE.values()}

COMMANDS = [
    {
        "command": "/notebook",
        "usage_hint": "create | list | status | password | delete | help",
        "description": "Your own notebook server in minutes",
    }
]


def members(channel: str) -> tuple[str, ...]:
    """The people who can read a channel; none if there is no such channel."""
    if channel == GENERAL:
        return tuple(PEOPLE)
    return (DMS[channel],) if channel in DMS else ()


def channel_name(channel: str) -> str:
    """As payloads carry it."""
    return "general" if channel == GENERAL else "directmessage"


def api_user(person: Person, *, with_locale: bool) -> dict[str, Any]:
    """The `user` object of users.info."""
    user: dict[str, Any] = {
        "id": person.id,
        "team_id": TEAM,
        "name": person.name,
        "deleted": False,
        "color": person.color,
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": person.tz_offset,
        "profile": {"real_name": person.real_name, "display_name": person.real_name},
        "is_admin": person.is_admin,
        "is_bot": False,
        "updated": 0,
    }
    return user | ({"locale": person.locale} if with_locale else {})


def page_people() -> dict[str, Any]:
    """What the page asks for first."""
    channels: list[dict[str, Any]] = [{"id": GENERAL, "name": "general", "is_im": False}]
    channels += [{"id": dm, "name": "", "is_im": True, "user": user} for dm, user in DMS.items()]
    people = [asdict(person) | {"name": person.real_name} for person in PEOPLE.values()]
    return {"people": people, "channels": channels, "commands": COMMANDS}
