"""The outcome of an attempt to sign in; of HTTP only the response's status is used here."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from .links import network_of
from .members import Members
from .one_time import digest_of
from .passwords import LONGEST, Passwords, complaint
from .person import Person
from .throttle import Attempt, Throttle

WRONG = "That password is not right."
USED = "That one-time password has already been used. Get a new one in Slack: /notebook password"
EXPIRED = "That one-time password has expired. Get a new one in Slack: /notebook password"
HELD = "The server has just started and is not open yet. Try again in a minute."
CLAIM_ENDED = (
    "The time to choose a password is over. Get a new one-time password in Slack: "
    "/notebook password"
)
NOT_THE_ONE_TIME = "A one-time password can be used only once. Choose a different password."
BUSY = "Too many people are signing in at this moment. Try again in {time}."
TOO_MANY = (
    "Too many wrong passwords. Try again in {time}. You need not wait with a one-time password "
    "(in Slack: /notebook password) or with a link (in Slack: /notebook connect)."
)

_MOST_WAITING = 60
_MOST_WAITING_OF_A_NETWORK = 20
_HELD_SECONDS = 30
_WAITS = (10, 30, 60, 120, 300, 600)
"""Told waits are one of these, rounded up: a robot doesn't learn the moment when a wait ends."""
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Refused:
    """A refused attempt, with a sentence for the member.

    The sentence is English; the page translates it and fills `{time}` in. `retry_after` is in
    seconds; 0 means that waiting would not help.
    """

    status: int
    sentence: str
    retry_after: int = 0


@dataclass(frozen=True)
class Claimed:
    """The one-time password was right and is used up now.

    The browser that holds `secret` may choose an own password.
    """

    secret: str


@dataclass(frozen=True)
class SignedIn:
    """The own password was right."""

    person: Person


Outcome = Refused | Claimed | SignedIn


class SignIn:
    """Signing in and choosing an own password."""

    def __init__(self, members: Members, clock: Callable[[], float] = time.time) -> None:
        self._members = members
        self._clock = clock
        self._passwords = Passwords()
        self._throttle = Throttle()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()

    @property
    def asks_for_name(self) -> bool:
        """Return whether several members use the server, so that the form must ask for a name."""
        return len(self._members.people()) > 1

    async def attempt(self, name: str, password: str, address: str, browser: str = "") -> Outcome:
        """Check a password from a network address; `browser` is the cookie of a known browser.

        A one-time password is long and random, so it is compared at once, whatever others have
        tried before. Attempts with one name from one network are checked one after another, so
        that many parallel attempts get no more guesses.
        """
        if self._members.held:
            return Refused(503, HELD, _HELD_SECONDS)
        name, password = name.strip().casefold()[:_LONGEST_NAME], password[: LONGEST + 1]
        person = self._find(name)
        if person is not None and _is_one_time(person, password):
            return await self._use_one_time(person, password)
        known = person is not None and self._members.knows_browser(
            browser, person.id, self._clock()
        )
        attempt = Attempt(name, network_of(address), browser if known else "")
        with self._place(attempt.network) as is_free:
            if not is_free:
                return _wait(BUSY, 1.0)
            turn = self._turns.setdefault(attempt.key, asyncio.Lock())
            async with turn:
                wait = self._throttle.wait(attempt)
                return _wait(TOO_MANY, wait) if wait > 0 else await self._check(attempt, password)

    async def _check(self, attempt: Attempt, password: str) -> Outcome:
        """Check an own password, with the same work for every name."""
        person = self._find(attempt.name)
        own = person.password_hash if person else None
        is_right = await self._passwords.matches(own, password)
        if person and is_right:
            self._throttle.succeeded(attempt)
            return SignedIn(person)
        if any(_has_slow_one_time(each) for each in self._members.people()):
            planted = person.one_time.hash if person and person.one_time else None
            if await self._passwords.matches(planted, password) and person:
                return await self._use_one_time(person, password)
        self._throttle.failed(attempt)
        return Refused(401, WRONG)

    async def _use_one_time(self, person: Person, password: str) -> Outcome:
        now = self._clock()
        if person.one_time is not None and now >= person.one_time.expires_at:
            return Refused(401, EXPIRED)
        secret = await asyncio.to_thread(
            self._members.claim, person.id, password, person.stamp, now
        )
        return Claimed(secret) if secret else Refused(401, USED)

    async def choose(self, secret: str, password: str, again: str) -> Refused | SignedIn:
        """Set the own password of the member whose claim has this secret."""
        if self._members.held:
            return Refused(503, HELD, _HELD_SECONDS)
        claimant = self._members.claimant(secret, self._clock())
        if claimant is None:
            return Refused(401, CLAIM_ENDED)
        wrong = complaint(password, again)
        if wrong:
            return Refused(400, wrong)
        planted = claimant.one_time.hash if claimant.one_time else ""
        if _is_one_time(claimant, password) or (
            planted and await self._passwords.matches(planted, password)
        ):
            return Refused(400, NOT_THE_ONE_TIME)
        password_hash = await self._passwords.hash(password)
        person = await asyncio.to_thread(self._members.choose, secret, password_hash, self._clock())
        return SignedIn(person) if person else Refused(401, CLAIM_ENDED)

    def claimant(self, secret: str) -> Person | None:
        """Return the member whose open claim has this secret, or None."""
        return self._members.claimant(secret, self._clock())

    def _find(self, name: str) -> Person | None:
        people = self._members.people()
        if len(people) == 1:
            return people[0]
        found = [each for each in people if name in (each.id.casefold(), each.name.casefold())]
        return found[0] if len(found) == 1 else None

    @contextmanager
    def _place(self, network: str) -> Iterator[bool]:
        """Take a place among those that wait; no network may take all places."""
        if (
            self._waiting.total() >= _MOST_WAITING
            or self._waiting[network] >= _MOST_WAITING_OF_A_NETWORK
        ):
            yield False
            return
        self._waiting[network] += 1
        try:
            yield True
        finally:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]


def _is_one_time(person: Person, password: str) -> bool:
    """Return whether this is the member's one-time password, which may be used or expired."""
    expected = person.one_time.sha256 if person.one_time else ""
    return bool(expected) and secrets.compare_digest(expected, digest_of(password))


def _has_slow_one_time(person: Person) -> bool:
    """Return whether an older version of the bot has planted the member's one-time password."""
    return person.one_time is not None and bool(person.one_time.hash)


def _wait(sentence: str, seconds: float) -> Refused:
    told = next((each for each in _WAITS if seconds <= each), _WAITS[-1])
    return Refused(429, sentence, told)
