"""One-time passwords: made, hashed and forgotten in one step.

The clear text goes into the owner's DM and nowhere else; the machine gets the argon2id
hash. Neither is ever an argument or a result of a step, since those are stored.
"""

import asyncio
import secrets

from argon2 import PasswordHasher

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without 0/o and 1/l/i, which people mix up
_GROUPS, _GROUP_LENGTH = 4, 5
_HASHER = PasswordHasher()


def generate_password() -> str:
    """Four groups of five characters, such as `k7mqz-...`: 99 bits, easy to read out."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


async def hash_password(password: str) -> str:
    """Its argon2id hash in PHC format; in a thread, since it takes tens of milliseconds."""
    return await asyncio.to_thread(_HASHER.hash, password)
