"""One-time passwords: generated, hashed and dropped in one step.

The clear text goes only into the member's DM, and the machine gets what follows from it. Neither is
ever an argument or a result of a workflow's step, since the engine stores those.
"""

import asyncio
import hashlib
import re
import secrets

from argon2 import PasswordHasher

from provisioning.core.model.machine import PlantedPassword

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without 0/o and 1/l/i, which are easily confused
_GROUPS, _GROUP_LENGTH = 4, 5
_GROUP = f"[{_ALPHABET}]{{{_GROUP_LENGTH}}}"
LOOKS_LIKE_A_PASSWORD = re.compile(rf"\b{_GROUP}(?:-{_GROUP}){{{_GROUPS - 1}}}\b")
_HASHER = PasswordHasher()


def generate_password() -> str:
    """Return four groups of five characters, such as `k7mqz-...`: 99 bits, easy to read aloud."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


async def planted(password: str) -> PlantedPassword:
    """Return what a machine gets of a one-time password.

    The machine's own program computes the digest and the key in the same way. A thread computes
    the slow hash, since it takes tens of milliseconds.
    """
    return PlantedPassword(
        hash=await asyncio.to_thread(_HASHER.hash, password),
        sha256=_sha256(f"notebook sign-in:{password}"),
        key=_sha256(f"notebook choice:{password}"),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
