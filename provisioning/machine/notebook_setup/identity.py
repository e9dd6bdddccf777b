"""Changes to the members who may sign in.

Root alone changes the access list. A machine that an older version of the bot has set up keeps its
members in a file of the notebook user; a program that runs as that user changes it, until the
machine moves over.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .layout import Layout
from .users import NotebookUser


@dataclass(frozen=True)
class OneTimePassword:
    """What the bot sends of a one-time password, valid until `expires_at` (Unix seconds)."""

    hash: str
    sha256: str
    key: str
    expires_at: float


def plant_password(
    user: NotebookUser, layout: Layout, member: tuple[str, str], password: OneTimePassword
) -> None:
    """Give a member (id, name) a new one-time password."""
    user_id, name = member
    if is_former(layout):
        change = {"do": "plant", "hash": password.hash, "expires_at": password.expires_at}
        _change_former(user, layout, {**change, "id": user_id, "name": name})
        return
    one_time = _package("access_list").OneTime(password.expires_at, password.sha256)
    register(layout).plant(user_id, name, one_time, password.key)


def give_link(
    user: NotebookUser, layout: Layout, member_id: str, sha256: str, use_until: float
) -> bool:
    """Give a member a one-time link by its token's SHA-256; False if they have no access."""
    if is_former(layout):
        change = {"do": "link", "id": member_id, "sha256": sha256, "use_until": use_until}
        return _change_former(user, layout, change)
    return bool(register(layout).give_link(member_id, sha256, use_until))


def revoke(user: NotebookUser, layout: Layout, member_id: str) -> bool:
    """Remove a member and end their sessions; False if they had no access."""
    if is_former(layout):
        return _change_former(user, layout, {"do": "revoke", "id": member_id})
    return bool(register(layout).revoke(member_id))


def admit(user: NotebookUser, layout: Layout, member_ids: Sequence[str]) -> bool:
    """Admit only these members, and end the sessions of others; False if nothing changes."""
    if is_former(layout):
        return _change_former(user, layout, {"do": "admit", "ids": list(member_ids)})
    return bool(register(layout).admit(member_ids))


def hold(user: NotebookUser, layout: Layout) -> bool:
    """Admit no member until the next `admit`; False if nothing changes."""
    if is_former(layout):
        return _change_former(user, layout, {"do": "hold"})
    return bool(register(layout).hold())


def accept_probe(layout: Layout, sha256: str) -> bool:
    """Accept the activity probe's token, by its SHA-256; False if nothing changes."""
    return bool(register(layout).set_probe(sha256))


def adopt(layout: Layout) -> bool:
    """Begin the access list, with the members of an older version; False if there is a list."""
    return bool(register(layout).adopt(layout.former_people))


def is_former(layout: Layout) -> bool:
    """Return whether an older version of the bot has set up this machine."""
    return not layout.access_list.is_file()


def register(layout: Layout) -> Any:
    """Return the access list as root changes it."""
    files = layout.access_list, layout.choice_keys, layout.deeds
    return _package("register").Register(*files)


def _package(module: str) -> Any:
    """Return a module of the identity provider, from the uploaded folder that root owns."""
    return importlib.import_module(f"notebook_identity.{module}")


def _change_former(user: NotebookUser, layout: Layout, change: dict[str, object]) -> bool:
    program = layout.library / "as_user/identity.py"
    argv: list[str | Path] = [sys.executable, "-I", program, layout.former_people]
    done = user.run(argv, stdin=json.dumps(change))
    return bool(json.loads(done.stdout)["changed"])
