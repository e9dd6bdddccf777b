"""One-time passwords: generated, hashed and dropped in one step.

The clear text goes only into the member's DM, and the machine gets the argon2id hash. Neither is
ever an argument or a result of a workflow's step, since the engine stores those.
"""

import asyncio
import secrets

from argon2 import PasswordHasher

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without 0/o and 1/l/i, which are easily confused
_GROUPS, _GROUP_LENGTH = 4, 5
_HASHER = PasswordHasher()


def generate_password() -> str:
    """Return four groups of five characters, such as `k7mqz-...`: 99 bits, easy to read aloud."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


async def hash_password(password: str) -> str:
    """Return the password's argon2id hash in PHC format.

    A thread computes the hash, since it takes tens of milliseconds.
    """
    return await asyncio.to_thread(_HASHER.hash, password)
