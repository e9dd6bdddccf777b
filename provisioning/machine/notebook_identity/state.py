"""The people of this machine, in one JSON file that several processes change safely.

Mode 0600, owned by the notebook user; hashes only. Standard library and Python 3.9 only:
the machine's own Python plants passwords with it while Jupyter runs in another.
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
"""How long a browser that used the one-time password may take to choose an own one."""


@dataclass
class OneTime:
    """A planted one-time password: its argon2id hash, valid until `expires_at` (Unix seconds)."""

    hash: str
    expires_at: float


@dataclass
class Claim:
    """One browser's right to choose an own password: the SHA-256 of what its cookie holds."""

    sha256: str
    expires_at: float


@dataclass
class Person:
    """One person, by Slack id.

    `epoch` is in each session's cookie: a new one ends all sessions. `spent_hash` is of the
    one-time password that was used last, so that using it again gets a plain answer.
    `profile` holds what the person changed of how others see them.
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
    """Everything in the file. `probe_sha256` is of the token of the machine's own probe; while
    `held`, people and passwords stay but nobody gets in."""

    people: dict[str, Person] = field(default_factory=dict)
    probe_sha256: str = ""
    held: bool = False


class StateStore:
    """The file, read again whenever it changed, changed under a lock and replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._state = State()

    def read(self) -> State:
        """What is in the file now; empty if there is none. Don't change it."""
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
        """The person of that id, or None."""
        return self.read().people.get(user_id)

    def plant(self, user_id: str, name: str, password_hash: str, expires_at: float) -> None:
        """Give a person a new one-time password. The older one, their own password and all
        of their sessions end."""
        with self._changing() as state:
            profile = state.people[user_id].profile if user_id in state.people else {}
            one_time = OneTime(password_hash, expires_at)
            state.people[user_id] = Person(user_id, name, one_time=one_time, profile=profile)

    def revoke(self, user_id: str) -> bool:
        """Remove a person and so end their sessions. False if there is no such person."""
        with self._changing() as state:
            return state.people.pop(user_id, None) is not None

    def admit(self, user_ids: Collection[str]) -> bool:
        """Let these people in and nobody else: others are removed, and what was held is
        open. False if it was so."""
        state = self.read()
        if not state.held and set(state.people) <= set(user_ids):
            return False
        with self._changing() as state:
            state.people = {k: v for k, v in state.people.items() if k in user_ids}
            state.held = False
        return True

    def hold(self) -> bool:
        """Let nobody in until the next `admit`. False if it was so."""
        if self.read().held:
            return False
        with self._changing() as state:
            state.held = True
        return True

    def claim(self, user_id: str, checked_hash: str, now: float) -> str | None:
        """Use the one-time password up whose hash was found right, and return the secret of
        the browser that did. None if another was first, or it was replaced or expired."""
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
        """Whose claim this is, if it is still open."""
        return _claimant(self.read(), secret, now)

    def choose(self, secret: str, password_hash: str, now: float) -> Person | None:
        """Set the own password of the claim's person; sessions before it end. None if the
        claim is used, expired or was replaced."""
        with self._changing() as state:
            found = _claimant(state, secret, now)
            if found is None:
                return None
            found.claim, found.link, found.password_hash = None, None, password_hash
            found.epoch, found.signed_in_at = secrets.token_hex(8), now
            return found

    def give_link(self, user_id: str, sha256: str, use_until: float) -> bool:
        """Give a person a new one-time link by its token's SHA-256; an older one ends. False,
        and nothing is done, if they may not come in: a link never lets somebody back in."""
        if user_id not in self.read().people:
            return False
        with self._changing() as state:
            if user_id not in state.people:
                return False
            state.people[user_id].link = Link(sha256, use_until)
            return True

    def linked(self, token: str, address: str, now: float) -> Person | None:
        """Whom a link's token lets in from that address, if anybody. Changes nothing."""
        return _linked(self.read(), token, address, now)

    def use_link(self, token: str, address: str, now: float, *, spend: bool) -> Person | None:
        """As `linked`; the first use binds the link to the address. `spend`: a first use is
        the last one."""
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
        """Remember when a person signed in last."""
        with self._changing() as state:
            if user_id in state.people:
                state.people[user_id].signed_in_at = now

    def set_profile(self, user_id: str, profile: dict[str, str]) -> None:
        """Keep how a person wants to be seen by others."""
        with self._changing() as state:
            if user_id in state.people:
                state.people[user_id].profile = dict(profile)

    def set_probe(self, sha256: str) -> bool:
        """Accept the machine's own probe by its token's SHA-256. False if it was so."""
        if self.read().probe_sha256 == sha256:
            return False
        with self._changing() as state:
            state.probe_sha256 = sha256
        return True

    def is_probe(self, token: str) -> bool:
        """Whether this is the token of the machine's own probe."""
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
