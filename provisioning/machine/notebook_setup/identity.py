"""Changes to the members who may sign in.

The notebook user owns the state file, so a program that runs as that user changes it, never root.
"""

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
    member: tuple[str, str],
    password_hash: str,
    expires_at: float,
) -> None:
    """Give a member (id, name) a new one-time password by its argon2id hash."""
    change: dict[str, object] = {"do": "plant", "hash": password_hash, "expires_at": expires_at}
    _change(user, layout, {**change, "id": member[0], "name": member[1]})


def give_link(
    user: NotebookUser, layout: Layout, member_id: str, sha256: str, use_until: float
) -> bool:
    """Give a member a one-time link by its token's SHA-256; False if they have no access."""
    change = {"do": "link", "id": member_id, "sha256": sha256, "use_until": use_until}
    return _change(user, layout, change)


def revoke(user: NotebookUser, layout: Layout, member_id: str) -> bool:
    """Remove a member and end their sessions; False if they had no access."""
    return _change(user, layout, {"do": "revoke", "id": member_id})


def admit(user: NotebookUser, layout: Layout, member_ids: Sequence[str]) -> bool:
    """Admit only these members, and end the sessions of others; False if nothing changes."""
    return _change(user, layout, {"do": "admit", "ids": list(member_ids)})


def hold(user: NotebookUser, layout: Layout) -> bool:
    """Admit no member until the next `admit`; False if nothing changes."""
    return _change(user, layout, {"do": "hold"})


def accept_probe(user: NotebookUser, layout: Layout, sha256: str) -> bool:
    """Accept the activity probe's token, by its SHA-256; False if nothing changes."""
    return _change(user, layout, {"do": "probe", "sha256": sha256})


def _change(user: NotebookUser, layout: Layout, change: dict[str, object]) -> bool:
    program = layout.library / "as_user/identity.py"
    argv: list[str | Path] = [sys.executable, "-I", program, layout.people]
    done = user.run(argv, stdin=json.dumps(change))
    return bool(json.loads(done.stdout)["changed"])
