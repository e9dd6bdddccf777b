"""The outcome of an attempt to sign in; of HTTP only the response's status is used here."""

import asyncio
import math
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .passwords import LONGEST, Passwords, complaint
from .state import Person, StateStore
from .throttle import Throttle

WRONG = "That password is not right."
USED = "That one-time password has already been used. Get a new one in Slack: /notebook password"
EXPIRED = "That one-time password has expired. Get a new one in Slack: /notebook password"
HELD = "The server has just started and is not open yet. Try again in a minute."
CLAIM_ENDED = (
    "The time to choose a password is over. Get a new one-time password in Slack: "
    "/notebook password"
)
NOT_THE_ONE_TIME = "A one-time password can be used only once. Choose a different password."

_MOST_WAITING = 20
_HELD_SECONDS = 30
_STRANGER = "\0stranger"


@dataclass(frozen=True)
class Refused:
    """A refused attempt, with a sentence for the member.

    `retry_after` is in seconds; 0 means that waiting would not help.
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


class SignIn:
    """Signing in and choosing an own password, with the state file as the store."""

    def __init__(self, store: StateStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._passwords = Passwords()
        self._throttle = Throttle()
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting = 0

    @property
    def asks_for_name(self) -> bool:
        """Return whether several members use the server, so that the form must ask for a name."""
        return len(self._store.read().people) > 1

    async def attempt(
        self, name: str, password: str, known_browser: str = ""
    ) -> Refused | Claimed | SignedIn:
        """Check a password.

        Attempts for one account are checked one after another, so that many parallel attempts
        get no more guesses. `known_browser` is a value of `remember_browser`. Attempts from a
        known browser are counted separately, so that a stranger's guesses don't delay members
        who have signed in there before.
        """
        if self._waiting >= _MOST_WAITING:
            return _too_many(1.0)
        if self._store.read().held:
            return Refused(503, HELD, _HELD_SECONDS)
        person = self._find(name)
        account = person.id if person else _STRANGER
        tries = known_browser if known_browser.startswith(f"{account}/") else account
        self._waiting += 1
        try:
            async with self._turns[account]:
                wait = self._throttle.wait(tries)
                if wait > 0:
                    return _too_many(wait)
                return await self._check(account, tries, password[: LONGEST + 1])
        finally:
            self._waiting -= 1

    @staticmethod
    def remember_browser(person: Person) -> str:
        """Return the value of the signed cookie by which a browser is recognised."""
        return f"{person.id}/{secrets.token_hex(8)}"

    async def _check(self, account: str, tries: str, password: str) -> Refused | Claimed | SignedIn:
        person = self._store.person(account)  # read again: it may have changed during the wait
        one_time = person.one_time if person else None
        own = person.password_hash if person else None
        if await self._passwords.matches(own, password) and person:
            self._throttle.succeeded(tries)
            await asyncio.to_thread(self._store.note_sign_in, account, self._clock())
            return SignedIn(person)
        if one_time and await self._passwords.matches(one_time.hash, password):
            self._throttle.succeeded(tries)
            if self._clock() >= one_time.expires_at:
                return Refused(401, EXPIRED)
            secret = await asyncio.to_thread(
                self._store.claim, account, one_time.hash, self._clock()
            )
            return Claimed(secret) if secret else Refused(401, USED)
        spent = person.spent_hash if person else None
        if spent and await self._passwords.matches(spent, password):
            return Refused(401, USED)
        self._throttle.failed(tries)
        return Refused(401, WRONG)

    async def choose(self, secret: str, password: str, again: str) -> Refused | SignedIn:
        """Set the own password of the member whose claim has this secret."""
        if self._store.read().held:
            return Refused(503, HELD, _HELD_SECONDS)
        claimant = self._store.claimant(secret, self._clock())
        if claimant is None:
            return Refused(401, CLAIM_ENDED)
        wrong = complaint(password, again)
        if wrong:
            return Refused(400, wrong)
        if await self._passwords.matches(claimant.spent_hash, password):
            return Refused(400, NOT_THE_ONE_TIME)
        password_hash = await self._passwords.hash(password)
        person = await asyncio.to_thread(self._store.choose, secret, password_hash, self._clock())
        return SignedIn(person) if person else Refused(401, CLAIM_ENDED)

    def claimant(self, secret: str) -> Person | None:
        """Return the member whose open claim has this secret, or None."""
        return self._store.claimant(secret, self._clock())

    def _find(self, name: str) -> Person | None:
        people = list(self._store.read().people.values())
        if len(people) == 1:
            return people[0]
        wanted = name.strip().casefold()
        found = [each for each in people if wanted in (each.id.casefold(), each.name.casefold())]
        return found[0] if len(found) == 1 else None


def _too_many(wait: float) -> Refused:
    seconds = max(1, math.ceil(wait))
    text = f"{seconds} seconds" if seconds < 100 else f"{math.ceil(seconds / 60)} minutes"
    return Refused(429, f"Too many wrong passwords. Try again in {text}.", seconds)
