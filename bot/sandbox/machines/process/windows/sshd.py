"""OpenSSH on Windows: the checks of sshd's files before a user may sign in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.access import AccessLists
from bot.sandbox.machines.process.windows.accounts import WindowsAccounts
from bot.sandbox.machines.process.windows.state import ADMINISTRATORS, SYSTEM, State

_REACHED_FROM = ("Any", "Public")
"""Profiles of a rule that apply on Azure's network, which Windows takes for a public one."""

_KNOWN = frozenset(
    (
        "port hostkey passwordauthentication kbdinteractiveauthentication subsystem "
        "pubkeyauthentication allowusers match authorizedkeysfile loglevel"
    ).split()
)


class Sshd:
    """Configuration, keys and state of one machine's sshd.

    Raise ValueError where the real sshd would not start, and for directives that this one does not
    know.
    """

    def __init__(
        self, tree: Tree, state: State, accounts: WindowsAccounts, access: AccessLists, port: int
    ) -> None:
        self._folder = tree.root / "ProgramData/ssh"
        self._state = state
        self._accounts = accounts
        self._access = access
        self._port = port

    @property
    def should_listen(self) -> bool:
        """Whether the service runs and a rule of the firewall opens its port."""
        service = self._state["services"].get("sshd")
        return bool(service and service["running"]) and any(
            rule["Enabled"] == "True"
            and (rule["Direction"], rule["Action"]) == ("Inbound", "Allow")
            and rule["LocalPort"] == str(self._port)
            and rule["Profile"] in _REACHED_FROM
            for rule in self._state["rules"].values()
        )

    @property
    def host_key_file(self) -> Path:
        """The host key of the configuration. A key that other users may read is not used."""
        file = self._folder / "ssh_host_ed25519_key"
        if file.exists() and not self._is_private(file):
            raise ValueError(f"Permissions for {file} are too open: this key will be ignored.")
        return file

    def check(self) -> None:
        """Read the configuration, if there is one, and make a missing host key."""
        key = self._folder / "ssh_host_ed25519_key"
        if not key.exists():
            self._folder.mkdir(exist_ok=True)
            key.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
            owners = {SYSTEM: "F", ADMINISTRATORS: "F"}
            self._access.set(key, cut=True, replace=True, entries=owners)
        file = self._folder / "sshd_config"
        for line in file.read_text().splitlines() if file.exists() else ():
            words = line.partition("#")[0].split()
            if words and words[0].lower() not in _KNOWN:
                raise ValueError(f"{file}: this machine's sshd does not know {words[0]}")
            if words and words[0].lower() == "port" and words[1:] != [str(self._port)]:
                raise ValueError(f"{file}: this machine's sshd listens only on {self._port}")

    def may_sign_in(self, user: User) -> bool:
        """Return an administrator, or a user whom AllowUsers names."""
        file = self._folder / "sshd_config"
        text = file.read_text() if file.exists() else ""
        allowed = re.search(r"(?im)^\s*AllowUsers\s+(.+)$", text)
        if allowed and user.name.lower() not in allowed[1].lower().split():
            return False
        return self._accounts.is_administrator(user.name) and user.name != "SYSTEM"

    def authorized_keys(self, user: User) -> Path:
        """Return the key file: one for all administrators; ignored if other users may write it."""
        file = self._folder / "administrators_authorized_keys"
        return file if file.exists() and self._is_private(file) else self._folder / "none"

    def session(self, user: User, command: str | None) -> Sequence[str]:
        """Return the program of a session: cmd.exe, unless the registry names another shell."""
        if command is None:
            raise ValueError("this machine's sshd only runs commands")
        return (user.shell, "/c", command)

    def _is_private(self, file: Path) -> bool:
        return set(self._access.of(file)) <= {SYSTEM, ADMINISTRATORS}
