"""Who may sign in. The state file is the notebook user's, so that user changes it, never root."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from .commands import run_as
from .layout import Layout


def plant_password(
    user: str, layout: Layout, person: tuple[str, str], password_hash: str, expires_at: float
) -> None:
    """Give a person (id, name) a new one-time password by its argon2id hash."""
    wish = {
        "do": "plant",
        "id": person[0],
        "name": person[1],
        "hash": password_hash,
        "expires_at": expires_at,
    }
    _change(user, layout, wish)


def revoke(user: str, layout: Layout, person_id: str) -> bool:
    """Remove a person and end their sessions. False if they were not there."""
    return _change(user, layout, {"do": "revoke", "id": person_id})


def admit(user: str, layout: Layout, person_ids: Sequence[str]) -> bool:
    """Let these people in and nobody else; sessions of others end. False if it was so."""
    return _change(user, layout, {"do": "admit", "ids": list(person_ids)})


def hold(user: str, layout: Layout) -> bool:
    """Let nobody in until the next `admit`. False if it was so."""
    return _change(user, layout, {"do": "hold"})


def accept_probe(user: str, layout: Layout, sha256: str) -> bool:
    """Let the machine's own probe in, by its token's SHA-256."""
    return _change(user, layout, {"do": "probe", "sha256": sha256})


def _change(user: str, layout: Layout, wish: dict[str, object]) -> bool:
    program = layout.library / "as_user/identity.py"
    done = run_as(
        user,
        layout.home,
        [sys.executable, "-I", program, layout.people],
        stdin=json.dumps(wish),
    )
    return bool(json.loads(done.stdout)["changed"])
