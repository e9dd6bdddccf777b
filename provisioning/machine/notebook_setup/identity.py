"""Who may sign in. The state file is the notebook user's, so that user changes it, never root."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .layout import Layout
from .users import NotebookUser


def plant_password(
    user: NotebookUser,
    layout: Layout,
    person: tuple[str, str],
    password_hash: str,
    expires_at: float,
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


def give_link(
    user: NotebookUser, layout: Layout, person_id: str, sha256: str, use_until: float
) -> bool:
    """Give a person a one-time link by its token's SHA-256. False if they may not come in."""
    wish = {"do": "link", "id": person_id, "sha256": sha256, "use_until": use_until}
    return _change(user, layout, wish)


def revoke(user: NotebookUser, layout: Layout, person_id: str) -> bool:
    """Remove a person and end their sessions. False if they were not there."""
    return _change(user, layout, {"do": "revoke", "id": person_id})


def admit(user: NotebookUser, layout: Layout, person_ids: Sequence[str]) -> bool:
    """Let these people in and nobody else; sessions of others end. False if it was so."""
    return _change(user, layout, {"do": "admit", "ids": list(person_ids)})


def hold(user: NotebookUser, layout: Layout) -> bool:
    """Let nobody in until the next `admit`. False if it was so."""
    return _change(user, layout, {"do": "hold"})


def accept_probe(user: NotebookUser, layout: Layout, sha256: str) -> bool:
    """Let the machine's own probe in, by its token's SHA-256."""
    return _change(user, layout, {"do": "probe", "sha256": sha256})


def _change(user: NotebookUser, layout: Layout, wish: dict[str, object]) -> bool:
    program = layout.library / "as_user/identity.py"
    argv: list[str | Path] = [sys.executable, "-I", program, layout.people]
    done = user.run(argv, stdin=json.dumps(wish))
    return bool(json.loads(done.stdout)["changed"])
