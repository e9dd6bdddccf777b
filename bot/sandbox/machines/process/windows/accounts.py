"""Local users of a Windows machine, as its SSH server and its tasks see them."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.state import (
    ADMINISTRATORS,
    PERFORMANCE_LOG_USERS,
    State,
)

_BATCH = (ADMINISTRATORS, PERFORMANCE_LOG_USERS)
"""Groups with the right "Log on as a batch job", which a task needs."""


class WindowsAccounts:
    """Users in the state, which `cmdlets.people` and Azure's agent change."""

    def __init__(self, state: State, tree: Tree) -> None:
        self._state = state
        self._tree = tree

    def user(self, name: str) -> User | None:
        """Return the user; the case of the name does not matter."""
        names = {known.lower(): known for known in self._state["users"]}
        known = names.get(name.lower().rpartition("\\")[2])
        if known is None:
            return None
        shell = self._tree.root / "Windows/System32/cmd.exe"
        return User(known, 1000, 1000, "", str(self.profile(known)), str(shell))

    def profile(self, name: str) -> Path:
        r"""Return the profile's folder: `C:\Users\<name>`; the system has another."""
        if name == "SYSTEM":
            return self._tree.root / "Windows/System32/config/systemprofile"
        return self._tree.root / "Users" / name

    def is_administrator(self, name: str) -> bool:
        """Return whether the user is one of the administrators."""
        return name in self._state["groups"][ADMINISTRATORS]

    def may_run_batch_jobs(self, name: str) -> bool:
        """Return whether a task may run as this user."""
        return any(name in self._state["groups"][sid] for sid in _BATCH)
