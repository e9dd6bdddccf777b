"""The members of this server: the access list of root, and what they have done since.

Only what both files agree on counts. So neither an entry that a member's code writes nor all that
it can read gives access after root has changed the list.
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from .access_list import AccessList, parse_access_list
from .deeds import AllDeeds, Claim, Deeds, Ticket
from .files import WatchedFile
from .kept_deeds import KeptDeeds
from .links import Link, sha256_of
from .one_time import choice_key, proof_of
from .person import Person, own_deeds, person_of

CLAIM_SECONDS = 30 * 60
"""Seconds in which a browser that has used a one-time password may choose an own one."""
SESSION_SECONDS = 7 * 86400
BROWSER_SECONDS = 365 * 86400
MOST_TICKETS = 100
"""Sessions, and known browsers, of one member; more end the oldest."""
_MOST_OPENED = 5000


@dataclass(frozen=True)
class _Opened:
    """A session that this process opened, for the member who had this one-time password."""

    user: str
    planted: str
    ends_at: float


class Members:
    """The members, read again after each change of a file.

    When access of one member ends, the stamps of all change, which ends each session that a
    member's code may have written. The sessions that this process itself has opened go on, and so
    do links that it has seen used: those are in its memory, which no file shows.
    """

    def __init__(self, access: Path, deeds: Path) -> None:
        self._access = WatchedFile(access, parse_access_list)
        self._deeds = KeptDeeds(deeds)
        self._opened: dict[str, _Opened] = {}
        self._used_links: dict[str, Link] = {}

    @property
    def held(self) -> bool:
        """Return whether no member is admitted at present."""
        return self._access.read().held

    def people(self) -> list[Person]:
        """Return all members who may sign in."""
        access, deeds = self._access.read(), self._deeds.read()
        return [person_of(user_id, access, deeds) for user_id in access.people]

    def person(self, user_id: str) -> Person | None:
        """Return the member with that id, or None."""
        access = self._access.read()
        return person_of(user_id, access, self._deeds.read()) if user_id in access.people else None

    def is_probe(self, token: str) -> bool:
        """Return whether this is the activity probe's token."""
        expected = self._access.read().probe_sha256
        return bool(expected) and secrets.compare_digest(expected, sha256_of(token))

    # -- sessions and browsers, each by a random cookie of which the file has only the SHA-256

    def open_session(self, user_id: str, now: float) -> str:
        """Start a session of a member, and return its cookie; "" if they have no access."""
        person = self.person(user_id)
        with self._changing() as deeds:
            cookie = self._new_ticket(deeds.sessions, user_id, now, SESSION_SECONDS)
        if person is not None and cookie:
            while len(self._opened) >= _MOST_OPENED:
                self._opened.pop(next(iter(self._opened)))
            opened = _Opened(user_id, person.planted, now + SESSION_SECONDS)
            self._opened[sha256_of(cookie)] = opened
        return cookie

    def session(self, cookie: str, now: float) -> Person | None:
        """Return the member whose session has this cookie, or None."""
        digest = sha256_of(cookie)
        found = self._holder(self._deeds.read().sessions.get(digest), now)
        return found or self._carried_over(digest, now)

    def end_session(self, cookie: str) -> None:
        """End the session with this cookie, if there is one."""
        digest = sha256_of(cookie)
        self._opened.pop(digest, None)
        if digest in self._deeds.read().sessions:
            with self._changing() as deeds:
                deeds.sessions.pop(digest, None)

    def remember_browser(self, user_id: str, now: float) -> str:
        """Return the cookie by which a browser is recognised from now on."""
        with self._changing() as deeds:
            return self._new_ticket(deeds.browsers, user_id, now, BROWSER_SECONDS)

    def knows_browser(self, cookie: str, user_id: str, now: float) -> bool:
        """Return whether the member has signed in with the browser that has this cookie."""
        holder = self._holder(self._deeds.read().browsers.get(sha256_of(cookie)), now)
        return holder is not None and holder.id == user_id

    def _carried_over(self, digest: str, now: float) -> Person | None:
        """Go on with a session that this process opened under an older stamp."""
        opened = self._opened.get(digest)
        person = self.person(opened.user) if opened else None
        if opened is None or person is None or now >= opened.ends_at:
            return None
        if person.planted != opened.planted:
            del self._opened[digest]
            return None
        with self._changing() as deeds:
            deeds.sessions[digest] = Ticket(opened.user, person.stamp, opened.ends_at)
        return person

    def _holder(self, ticket: Ticket | None, now: float) -> Person | None:
        person = self.person(ticket.user) if ticket else None
        if ticket is None or person is None or now >= ticket.ends_at:
            return None
        return person if person.stamp == ticket.stamp else None

    def _new_ticket(
        self, tickets: dict[str, Ticket], user_id: str, now: float, seconds: float
    ) -> str:
        admitted = self._access.read().people.get(user_id)
        if admitted is None:
            return ""
        for digest in [key for key, each in tickets.items() if now >= each.ends_at]:
            del tickets[digest]
        own = [key for key, each in tickets.items() if each.user == user_id]
        for digest in own[: max(0, len(own) - MOST_TICKETS + 1)]:
            del tickets[digest]
            self._opened.pop(digest, None)
        cookie = secrets.token_urlsafe(32)
        tickets[sha256_of(cookie)] = Ticket(user_id, admitted.stamp, now + seconds)
        return cookie

    # -- one-time passwords

    def claim(self, user_id: str, password: str, stamp: str, now: float) -> str | None:
        """Use up the member's one-time password, which was checked under this stamp.

        Return the claim's secret; None if another request was first, or the password has been
        replaced or has expired.
        """
        with self._changing() as deeds:
            admitted = self._access.read().people.get(user_id)
            if admitted is None or admitted.one_time is None or admitted.stamp != stamp:
                return None
            own = own_deeds(user_id, admitted, deeds)
            if own.one_time_used or now >= admitted.one_time.expires_at:
                return None
            secret = f"{secrets.token_urlsafe(32)}.{choice_key(password)}"
            own.one_time_used = True
            own.claim = Claim(sha256_of(secret), now + CLAIM_SECONDS)
            deeds.people[user_id] = own
            return secret

    def claimant(self, secret: str, now: float) -> Person | None:
        """Return the member whose open claim has this secret, or None."""
        digest = sha256_of(secret)
        for person in self.people():
            claim = person.claim
            if claim and secrets.compare_digest(claim.sha256, digest) and now < claim.expires_at:
                return person
        return None

    def choose(self, secret: str, password_hash: str, now: float) -> Person | None:
        """Set the own password of the claim's member, and end their link.

        None if the claim has been used or replaced, or has expired.
        """
        with self._changing() as deeds:
            found = self.claimant(secret, now)
            if found is None:
                return None
            key = secret.rpartition(".")[2]
            deeds.people[found.id] = Deeds(
                found.stamp,
                one_time_used=True,
                password_hash=password_hash,
                proof=proof_of(key, found.id, password_hash),
                link=found.link,
                link_spent=found.link is not None,
            )
        return self.person(found.id)

    # -- one-time links

    def linked(self, token: str, address: str, now: float) -> Person | None:
        """Return the member whose link admits this token from this address, or None."""
        if self.held:
            return None
        digest = sha256_of(token)
        for person in self.people():
            link = person.link
            if link and secrets.compare_digest(link.sha256, digest):
                if not link.used_from:
                    link = self._used_links.get(digest, link)
                return replace(person, link=link) if link.opens_for(address, now) else None
        return None

    def use_link(self, token: str, address: str, now: float, *, spend: bool) -> Person | None:
        """Return the member as `linked` does, and bind the link to the address at its first use.

        With `spend` the first use is also the last one.
        """
        with self._changing() as deeds:
            person = self.linked(token, address, now)
            if person is None or person.link is None:
                return None
            own = own_deeds(person.id, self._access.read().people[person.id], deeds)
            own.link = Link(person.link.sha256, person.link.use_until)
            own.link.used_from, own.link.ends_at = person.link.used_from, person.link.ends_at
            own.link_spent = spend and not person.link.used_from
            own.link.use(address, now)
            if not own.link_spent:
                self._used_links[own.link.sha256] = own.link
            deeds.people[person.id] = own
        return person

    def set_profile(self, user_id: str, profile: dict[str, str]) -> None:
        """Store a member's profile, which other people in the notebooks see."""
        with self._changing() as deeds:
            deeds.profiles[user_id] = dict(profile)

    def _changing(self) -> AbstractContextManager[AllDeeds]:
        """Change the deeds; those of former members are forgotten."""
        return self._deeds.changing(lambda deeds: _forget(deeds, self._access.read()))


def _forget(deeds: AllDeeds, access: AccessList) -> None:
    stamps = {user_id: each.stamp for user_id, each in access.people.items()}
    deeds.people = {k: v for k, v in deeds.people.items() if stamps.get(k) == v.stamp}
    deeds.profiles = {k: v for k, v in deeds.profiles.items() if k in stamps}
    for name in ("sessions", "browsers"):
        tickets = getattr(deeds, name)
        kept = {key: each for key, each in tickets.items() if stamps.get(each.user) == each.stamp}
        setattr(deeds, name, kept)
