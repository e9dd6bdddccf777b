"""What members have done since they were admitted, in one JSON file that the notebook user owns.

Each member's code runs as that user, so it may read and change the file. It has only hashes, and
each entry names the stamp of the access list under which it was written: with another stamp it is
void. Python 3.9 and its standard library only, as root's program reads the file too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from .links import Link


@dataclass
class Claim:
    """One browser's right to choose an own password, by the SHA-256 of its cookie's secret."""

    sha256: str
    expires_at: float


@dataclass
class Deeds:
    """A member's deeds under one stamp.

    `proof` is the proof of `one_time.proof_of` for the chosen password's hash. `link` is the link
    as it was used; `link_spent` says that its only use is over.
    """

    stamp: str
    one_time_used: bool = False
    claim: Claim | None = None
    password_hash: str = ""
    proof: str = ""
    link: Link | None = None
    link_spent: bool = False


@dataclass
class Ticket:
    """A cookie's meaning, for the member with this stamp until `ends_at` (Unix seconds)."""

    user: str
    stamp: str
    ends_at: float


@dataclass
class AllDeeds:
    """The file: sessions and known browsers by the SHA-256 of their cookie, profiles by member."""

    people: dict[str, Deeds] = field(default_factory=dict)
    sessions: dict[str, Ticket] = field(default_factory=dict)
    browsers: dict[str, Ticket] = field(default_factory=dict)
    profiles: dict[str, dict[str, str]] = field(default_factory=dict)


def parse_deeds(text: str) -> AllDeeds:
    """Return the file's content; a damaged file counts as an empty one, so it opens no door."""
    try:
        return _parse(json.loads(text)) if text else AllDeeds()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return AllDeeds()


def deeds_text(deeds: AllDeeds) -> str:
    """Return the content as the text of its file."""
    return json.dumps(asdict(deeds), indent=1) + "\n"


def _parse(data: dict[str, Any]) -> AllDeeds:
    return AllDeeds(
        {str(user_id): _deeds(values) for user_id, values in data["people"].items()},
        _tickets(data["sessions"]),
        _tickets(data["browsers"]),
        {
            str(user_id): {str(key): str(value) for key, value in profile.items()}
            for user_id, profile in data["profiles"].items()
        },
    )


def _deeds(values: dict[str, Any]) -> Deeds:
    claim, link = values["claim"], values["link"]
    return Deeds(
        str(values["stamp"]),
        bool(values["one_time_used"]),
        Claim(str(claim["sha256"]), float(claim["expires_at"])) if claim else None,
        str(values["password_hash"]),
        str(values["proof"]),
        _link(link) if link else None,
        bool(values["link_spent"]),
    )


def _link(values: dict[str, Any]) -> Link:
    times = float(values["use_until"]), float(values["ends_at"])
    return Link(str(values["sha256"]), times[0], str(values["used_from"]), times[1])


def _tickets(data: dict[str, Any]) -> dict[str, Ticket]:
    return {
        str(sha256): Ticket(str(each["user"]), str(each["stamp"]), float(each["ends_at"]))
        for sha256, each in data.items()
    }
