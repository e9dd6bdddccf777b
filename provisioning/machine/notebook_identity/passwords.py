"""Checking and making argon2id hashes beside the event loop, never on it."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 1000

_AT_ONCE = 2  # each takes 64 MiB for tens of milliseconds; the smallest machine has 1 GiB
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


class Passwords:
    """argon2id in threads, a few at a time."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password has this hash; takes as long where there is none."""
        async with self._slots:
            return await asyncio.to_thread(_matches, password_hash, password)

    async def hash(self, password: str) -> str:
        """The password's argon2id hash in PHC format."""
        async with self._slots:
            return await asyncio.to_thread(_HASHER.hash, password)


def complaint(password: str, again: str) -> str | None:
    """Why this can't be somebody's own password, in one sentence; None if it can."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(password)) < 4:
        return "That is too easy to guess; use more than a few different characters."
    if password != again:
        return "The two passwords are not the same. Type them again."
    return None


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
