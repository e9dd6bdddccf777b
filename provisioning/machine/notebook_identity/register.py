"""Root's side of the access list: the changes that the bot asks for.

Beside the list root keeps the choice key of each planted one-time password, in a file for root
alone. When access ends, every member gets a new stamp. Own passwords stay if they prove that the
holder of the one-time password chose them. Python 3.9 and its standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .access_list import (
    AccessList,
    Admitted,
    OneTime,
    access_list_text,
    new_stamp,
    parse_access_list,
)
from .deeds import AllDeeds, Deeds, parse_deeds
from .files import replace_file
from .links import Link
from .locks import open_locked
from .one_time import proof_of

_LARGEST = 16 * 1024 * 1024


class Register:
    """The access list with its keys; `deeds` is the members' file, which is only read here."""

    def __init__(self, access: Path, keys: Path, deeds: Path) -> None:
        self._access = access
        self._keys = keys
        self._deeds = deeds

    def plant(self, user_id: str, name: str, one_time: OneTime, key: str) -> None:
        """Give a member a new one-time password.

        Their older one-time password, their own password, links and all of their sessions end.
        """
        with self._changing() as (access, keys):
            access.people[user_id] = Admitted(name, one_time=one_time)
            keys[user_id] = key

    def revoke(self, user_id: str) -> bool:
        """End a member's access; False if there is no such member."""
        with self._changing() as (access, keys):
            if access.people.pop(user_id, None) is None:
                return False
            self._renew(access, keys)
            return True

    def admit(self, user_ids: Collection[str]) -> bool:
        """Admit only these members: remove all others, and end a hold; False if nothing changes."""
        with self._changing() as (access, keys):
            gone = set(access.people) - set(user_ids)
            if not gone and not access.held:
                return False
            access.held = False
            if gone:
                access.people = {k: v for k, v in access.people.items() if k not in gone}
                self._renew(access, keys)
            return True

    def hold(self) -> bool:
        """Admit no member until the next `admit`; False if nothing changes."""
        with self._changing() as (access, _):
            was_held, access.held = access.held, True
            return not was_held

    def give_link(self, user_id: str, sha256: str, use_until: float) -> bool:
        """Give a member a new one-time link by its token's SHA-256; an older link ends.

        False, without any change, if they have no access: a link never restores access.
        """
        with self._changing() as (access, _):
            if user_id not in access.people:
                return False
            access.people[user_id].link = Link(sha256, use_until)
            return True

    def set_probe(self, sha256: str) -> bool:
        """Accept the activity probe's token by its SHA-256; False if nothing changes."""
        with self._changing() as (access, _):
            before, access.probe_sha256 = access.probe_sha256, sha256
            return before != sha256

    def waiting(self, now: float) -> list[str]:
        """Return the ids of members whose one-time password can still be used."""
        access, deeds = self._read_access(), self._read_deeds()
        found = []
        for user_id, admitted in access.people.items():
            own = deeds.people.get(user_id)
            used = own is not None and own.stamp == admitted.stamp and own.one_time_used
            if admitted.one_time and not used and now < admitted.one_time.expires_at:
                found.append(user_id)
        return sorted(found)

    def adopt(self, former: Path) -> bool:
        """Take the members over from the file of an older version; False if there is a list.

        Their passwords go on, and their sessions end. No key is known for those passwords, so none
        of them can be replaced by another one until the member gets a new one-time password.
        """
        if self._access.is_file():
            return False
        adopted = _adopted(_read_bounded(former))
        with self._changing() as (access, _):
            access.people, access.held = adopted.people, adopted.held
        return True

    def _renew(self, access: AccessList, keys: dict[str, str]) -> None:
        """Give every member a new stamp, which ends all sessions, and end unused links."""
        deeds = self._read_deeds()
        for user_id, admitted in access.people.items():
            own = deeds.people.get(user_id)
            if own is not None and own.stamp == admitted.stamp:
                _take_over(user_id, admitted, own, keys.get(user_id))
            link = replace(admitted.link, use_until=0.0) if admitted.link else None
            access.people[user_id] = replace(admitted, stamp=new_stamp(), link=link)

    def _read_access(self) -> AccessList:
        text = self._access.read_text(encoding="utf-8") if self._access.is_file() else ""
        return parse_access_list(text)

    def _read_deeds(self) -> AllDeeds:
        return parse_deeds(_read_bounded(self._deeds))

    @contextmanager
    def _changing(self) -> Iterator[tuple[AccessList, dict[str, str]]]:
        lock = open_locked(self._keys.with_suffix(".lock"))
        try:
            access = self._read_access()
            keys: dict[str, str] = {}
            if self._keys.is_file():
                keys = json.loads(self._keys.read_text(encoding="utf-8"))
            before = access_list_text(access), dict(keys)
            yield access, keys
            kept = {user_id: key for user_id, key in keys.items() if user_id in access.people}
            # The keys first: a key without its password does no harm.
            if kept != before[1]:
                replace_file(self._keys, json.dumps(kept))
            text = access_list_text(access)
            if text != before[0] or not self._access.is_file():
                replace_file(self._access, text, 0o644)
        finally:
            os.close(lock)


def _take_over(user_id: str, admitted: Admitted, own: Deeds, key: str | None) -> None:
    """Keep a password that was chosen under the stamp that ends now, if the member chose it."""
    if own.one_time_used:
        admitted.one_time = None
    if not own.password_hash:
        return
    if key is None:
        is_theirs = not admitted.password_hash
    else:
        expected = proof_of(key, user_id, own.password_hash)
        is_theirs = secrets.compare_digest(expected.encode(), own.proof.encode())
    if is_theirs:
        admitted.password_hash, admitted.one_time = own.password_hash, None


def _adopted(text: str) -> AccessList:
    """Return the members of an older version's file; none if the file is damaged."""
    people = {}
    try:
        data = json.loads(text) if text else {}
        for user_id, values in data.get("people", {}).items():
            planted, own = values.get("one_time"), values.get("password_hash")
            people[str(user_id)] = Admitted(
                str(values["name"]),
                password_hash=str(own or ""),
                one_time=OneTime(float(planted["expires_at"]), hash=str(planted["hash"]))
                if planted
                else None,
            )
        return AccessList(people, held=bool(data.get("held", False)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return AccessList()


def _read_bounded(path: Path) -> str:
    """Return the text of a file that a member's code may have replaced; "" if it is none."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            found: Any = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
                return ""
            return file.read(_LARGEST).decode("utf-8", errors="replace")
    except OSError:
        return ""
