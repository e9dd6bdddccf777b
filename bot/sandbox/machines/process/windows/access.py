"""Access lists of files and folders, as `icacls` sets them.

They are checked where Windows would check them: at a program that a task starts, and at the files
of sshd. No kernel enforces them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.state import ADMINISTRATORS, SYSTEM, USERS, State

_BY_DEFAULT = {SYSTEM: "F", ADMINISTRATORS: "F", USERS: "RX"}
r"""The entries that every path inherits from `C:\`."""

Entries = dict[str, str]
"""The SID of a group or the name of a user -> F, M, RX or R."""


class AccessLists:
    """The access lists of one machine, by path of this computer."""

    def __init__(self, state: State, tree: Tree) -> None:
        self._state = state
        self._tree = tree

    def set(self, path: Path, *, cut: bool, replace: bool, entries: Entries) -> None:
        """Grant rights. `cut` ends the inheritance from above; `replace` drops older entries of the
        same users.

        Raise ValueError for an unknown user.
        """
        for who in entries:
            self._require(who)
        lists = self._state["access"]
        for name in [each for each in lists if self._here(Path(each)) is None]:
            del lists[name]
        new = {"cut": False, "entries": {}, "inode": path.stat().st_ino}
        known = lists.setdefault(str(path), new)
        known["cut"] = known["cut"] or cut
        for who, right in entries.items():
            if replace or who not in known["entries"]:
                known["entries"][who] = right
        self._state.save()

    def of(self, path: Path) -> Entries:
        """Return all entries, inherited ones included."""
        found: Entries = {}
        for each in (path, *path.parents):
            here = self._here(each)
            if here is not None:
                found = {**here["entries"], **found}
                if here["cut"]:
                    return found
            if each == self._tree.root:
                break
        return {**_BY_DEFAULT, **found}

    def _here(self, path: Path) -> dict[str, Any] | None:
        """Return the path's own list. A list goes with its file: a replaced file has none."""
        known: dict[str, Any] | None = self._state["access"].get(str(path))
        there = path.exists() and known is not None and path.stat().st_ino == known["inode"]
        return known if there else None

    def allows(self, path: Path, user: str, rights: Iterable[str]) -> bool:
        """Return whether the user has one of these rights, by name or by a group."""
        entries = self.of(path)
        groups = {sid for sid, members in self._state["groups"].items() if user in members}
        # Every signed-in user counts as one of the group Users.
        names = {user, *groups, USERS}
        return any(entries.get(name) in set(rights) for name in names)

    def _require(self, who: str) -> None:
        known = {*self._state["groups"], *self._state["users"], SYSTEM}
        if who not in known:
            raise ValueError(f"{who}: No mapping between account names and security IDs was done.")
