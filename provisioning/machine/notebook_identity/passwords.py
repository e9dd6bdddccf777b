"""Checking and making argon2id hashes in threads, never on the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 1000

_AT_ONCE = 2  # each hash takes 64 MiB for tens of milliseconds; the smallest VM has 1 GiB
_HASHER = PasswordHasher()
_DUMMY = _HASHER.hash("the password of no account")


class Passwords:
    """argon2id in threads, at most `_AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password has this hash, after the same time if there is no hash."""
        async with self._slots:
            return await asyncio.to_thread(_matches, password_hash, password)

    async def hash(self, password: str) -> str:
        """Return the password's argon2id hash in PHC format."""
        async with self._slots:
            return await asyncio.to_thread(_HASHER.hash, password)


def complaint(password: str, again: str) -> str | None:
    """Return one sentence about why this can't be an own password; None if it can.

    The page fills `{shortest}` and `{longest}` in.
    """
    if len(password) < SHORTEST:
        return (
            "This password is too short. Use at least {shortest} characters, such as a few words."
        )
    if len(password) > LONGEST:
        return "This password is too long. Use at most {longest} characters."
    if len(set(password)) < 4:
        return "This password is too easy to guess. Use at least four different characters."
    if password != again:
        return "The two passwords differ. Type the same password twice."
    return None


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _DUMMY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
