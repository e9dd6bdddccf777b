"""The members of this server, in one JSON file that several processes change safely.

The notebook user owns the file; its mode is 0600 and it contains only hashes. Python 3.9 and its
standard library only: the machine's own Python also uses this module, beside Jupyter's Python.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Optional

from .links import Link, sha256_of
from .locks import despite_readers, open_locked

CLAIM_SECONDS = 30 * 60
"""Seconds in which a browser that has used a one-time password may choose an own one."""


@dataclass
class OneTime:
    """A planted one-time password: an argon2id hash, valid until `expires_at` (Unix seconds)."""

    hash: str
    expires_at: float


@dataclass
class Claim:
    """One browser's right to choose an own password, by the SHA-256 of its cookie's secret."""

    sha256: str
    expires_at: float


@dataclass
class Person:
    """The owner or a member, by Slack id.

    `epoch` is in each session's cookie: a new value ends all sessions. `spent_hash` is the hash of
    the last used one-time password, so that a second use gets a clear answer. `profile` has the
    member's changes of how other people see them.
    """

    id: str
    name: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    password_hash: Optional[str] = None  # noqa: UP045 - Python 3.9 reads it at run time
    one_time: Optional[OneTime] = None  # noqa: UP045
    claim: Optional[Claim] = None  # noqa: UP045
    spent_hash: Optional[str] = None  # noqa: UP045
    profile: dict[str, str] = field(default_factory=dict)
    signed_in_at: Optional[float] = None  # noqa: UP045
    link: Optional[Link] = None  # noqa: UP045


@dataclass
class State:
    """The content of the file.

    `probe_sha256` is the SHA-256 of the activity probe's token. While `held`, members and passwords
    are kept, but no member is admitted.
    """

    people: dict[str, Person] = field(default_factory=dict)
    probe_sha256: str = ""
    held: bool = False


class StateStore:
    """The state file: read again after each change, changed under a lock, replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._state = State()

    def read(self) -> State:
        """Return the present state, empty without a file; callers must not change it."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._state = None, State()
            return self._state
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._state = _parse(despite_readers(lambda: self._path.read_text(encoding="utf-8")))
            self._stamp = stamp
        return self._state

    def person(self, user_id: str) -> Person | None:
        """Return the member with that id, or None."""
        return self.read().people.get(user_id)

    def plant(self, user_id: str, name: str, password_hash: str, expires_at: float) -> None:
        """Give a member a new one-time password.

        Their older one-time password, their own password and all of their sessions end.
        """
        with self._changing() as state:
            profile = state.people[user_id].profile if user_id in state.people else {}
            one_time = OneTime(password_hash, expires_at)
            state.people[user_id] = Person(user_id, name, one_time=one_time, profile=profile)

    def revoke(self, user_id: str) -> bool:
        """Remove a member, which ends their sessions; False if there is no such member."""
        with self._changing() as state:
            return state.people.pop(user_id, None) is not None

    def admit(self, user_ids: Collection[str]) -> bool:
        """Admit only these members: remove all others, and end a hold; False if nothing changes."""
        state = self.read()
        if not state.held and set(state.people) <= set(user_ids):
            return False
        with self._changing() as state:
            state.people = {k: v for k, v in state.people.items() if k in user_ids}
            state.held = False
        return True

    def hold(self) -> bool:
        """Admit no member until the next `admit`; False if nothing changes."""
        if self.read().held:
            return False
        with self._changing() as state:
            state.held = True
        return True

    def claim(self, user_id: str, checked_hash: str, now: float) -> str | None:
        """Use up the one-time password with this checked hash, and return the claim's secret.

        None if another request was first, or the password has been replaced or has expired.
        """
        with self._changing() as state:
            person = state.people.get(user_id)
            one_time = person.one_time if person else None
            if person is None or one_time is None or one_time.hash != checked_hash:
                return None
            if now >= one_time.expires_at:
                return None
            secret = secrets.token_urlsafe(32)
            person.one_time, person.spent_hash = None, one_time.hash
            person.claim = Claim(sha256_of(secret), now + CLAIM_SECONDS)
            return secret

    def claimant(self, secret: str, now: float) -> Person | None:
        """Return the member whose open claim has this secret, or None."""
        return _claimant(self.read(), secret, now)

    def choose(self, secret: str, password_hash: str, now: float) -> Person | None:
        """Set the own password of the claim's member, and end their older sessions.

        None if the claim has been used or replaced, or has expired.
        """
        with self._changing() as state:
            found = _claimant(state, secret, now)
            if found is None:
                return None
            found.claim, found.link, found.password_hash = None, None, password_hash
            found.epoch, found.signed_in_at = secrets.token_hex(8), now
            return found

    def give_link(self, user_id: str, sha256: str, use_until: float) -> bool:
        """Give a member a new one-time link by its token's SHA-256; an older link ends.

        False, without any change, if they have no access: a link never restores access.
        """
        if user_id not in self.read().people:
            return False
        with self._changing() as state:
            if user_id not in state.people:
                return False
            state.people[user_id].link = Link(sha256, use_until)
            return True

    def linked(self, token: str, address: str, now: float) -> Person | None:
        """Return the member whose link admits this token from this address, or None."""
        return _linked(self.read(), token, address, now)

    def use_link(self, token: str, address: str, now: float, *, spend: bool) -> Person | None:
        """Return the member as `linked` does, and bind the link to the address at its first use.

        With `spend` the first use is also the last one.
        """
        with self._changing() as state:
            person = _linked(state, token, address, now)
            if person is None or person.link is None:
                return None
            if spend and not person.link.used_from:
                person.link = None
            else:
                person.link.use(address, now)
            person.signed_in_at = now
            return person

    def note_sign_in(self, user_id: str, now: float) -> None:
        """Store the time of a member's last sign-in."""
        with self._changing() as state:
            if user_id in state.people:
                state.people[user_id].signed_in_at = now

    def set_profile(self, user_id: str, profile: dict[str, str]) -> None:
        """Store a member's profile, which other people in the notebooks see."""
        with self._changing() as state:
            if user_id in state.people:
                state.people[user_id].profile = dict(profile)

    def set_probe(self, sha256: str) -> bool:
        """Accept the activity probe's token by its SHA-256; False if nothing changes."""
        if self.read().probe_sha256 == sha256:
            return False
        with self._changing() as state:
            state.probe_sha256 = sha256
        return True

    def is_probe(self, token: str) -> bool:
        """Return whether this is the activity probe's token."""
        expected = self.read().probe_sha256
        return bool(expected) and secrets.compare_digest(expected, sha256_of(token))

    @contextmanager
    def _changing(self) -> Iterator[State]:
        lock = open_locked(self._path.with_suffix(".lock"))
        try:
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else "{}"
            state = _parse(text)
            yield state
            _replace(self._path, json.dumps(asdict(state), indent=1))
        finally:
            os.close(lock)


def _claimant(state: State, secret: str, now: float) -> Person | None:
    digest = sha256_of(secret)
    for person in state.people.values():
        claim = person.claim
        if claim and secrets.compare_digest(claim.sha256, digest) and now < claim.expires_at:
            return person
    return None


def _linked(state: State, token: str, address: str, now: float) -> Person | None:
    if state.held:
        return None
    digest = sha256_of(token)
    for person in state.people.values():
        link = person.link
        if link and secrets.compare_digest(link.sha256, digest) and link.opens_for(address, now):
            return person
    return None


def _parse(text: str) -> State:
    data: dict[str, Any] = json.loads(text)
    people = {}
    for user_id, values in data.get("people", {}).items():
        one_time, claim = values.pop("one_time"), values.pop("claim")
        link = values.pop("link", None)
        people[user_id] = Person(
            **values,
            one_time=OneTime(**one_time) if one_time else None,
            claim=Claim(**claim) if claim else None,
            link=Link(**link) if link else None,
        )
    return State(people, data.get("probe_sha256", ""), data.get("held", False))


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        despite_readers(lambda: Path(temporary).replace(path))
    except BaseException:
        Path(temporary).unlink()
        raise
