"""What follows from a one-time password without a slow hash.

A one-time password has 99 random bits, so no one finds it by its SHA-256. Two values follow from
it. The machine compares the first one at sign-in. Root keeps the second one, by which it tells a
password that the member chose from one that another program wrote into the members' file. The bot
computes both in the same way. Python 3.9 and its standard library only.
"""

from __future__ import annotations

import hashlib
import hmac


def digest_of(password: str) -> str:
    """Return the value by which the machine recognises the one-time password."""
    return hashlib.sha256(f"notebook sign-in:{password.strip()}".encode()).hexdigest()


def choice_key(password: str) -> str:
    """Return the key that proves who chose a password after this one-time password."""
    return hashlib.sha256(f"notebook choice:{password.strip()}".encode()).hexdigest()


def proof_of(key: str, user_id: str, password_hash: str) -> str:
    """Return the proof that the holder of the key chose the password with this hash."""
    text = f"{user_id}\n{password_hash}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
