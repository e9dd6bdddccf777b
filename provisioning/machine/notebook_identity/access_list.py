"""The access list: the members that the bot admits, in a file that only root may change.

The notebook user, and so each member's code, may read the file. It has no secret: digests of long
random values, and argon2id hashes. Python 3.9 and its standard library only, as root's program uses
this module too.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from .links import Link


def new_stamp() -> str:
    """Return a value that no member can foresee."""
    return secrets.token_hex(16)


@dataclass
class OneTime:
    """A planted one-time password, valid until `expires_at` (Unix seconds).

    `sha256` is its digest of `one_time`. A password that an older version of the bot has planted
    has only the argon2id `hash`.
    """

    expires_at: float
    sha256: str = ""
    hash: str = ""


@dataclass
class Admitted:
    """A member who may sign in.

    All that a member does is valid only with the present `stamp`: sessions, a used link, a chosen
    password. A new stamp ends all of it at once. `planted` changes with the one-time password only.
    `password_hash` is a chosen password that root has verified, so it outlives the stamp.
    """

    name: str
    stamp: str = field(default_factory=new_stamp)
    planted: str = field(default_factory=new_stamp)
    password_hash: str = ""
    one_time: OneTime | None = None
    link: Link | None = None


@dataclass
class AccessList:
    """The members by Slack id, the SHA-256 of the activity probe's token, and the hold.

    While `held`, members and passwords are kept, but no member is admitted.
    """

    people: dict[str, Admitted] = field(default_factory=dict)
    probe_sha256: str = ""
    held: bool = False


def parse_access_list(text: str) -> AccessList:
    """Return the list in a file's text; without a file it admits no member."""
    if not text:
        return AccessList()
    data: dict[str, Any] = json.loads(text)
    people = {}
    for user_id, values in data["people"].items():
        one_time, link = values.pop("one_time"), values.pop("link")
        people[user_id] = Admitted(
            **values,
            one_time=OneTime(**one_time) if one_time else None,
            link=Link(**link) if link else None,
        )
    return AccessList(people, data["probe_sha256"], data["held"])


def access_list_text(access: AccessList) -> str:
    """Return the list as the text of its file."""
    return json.dumps(asdict(access), indent=1) + "\n"
