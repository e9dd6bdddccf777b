"""Windows on a process machine, for one boot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.operating_system import Program, RunAsRoot
from bot.sandbox.machines.process.processes import Processes
from bot.sandbox.machines.process.ssh_server import SshServer
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.access import AccessLists
from bot.sandbox.machines.process.windows.accounts import WindowsAccounts
from bot.sandbox.machines.process.windows.environment import DIRECTORIES, windows_environment
from bot.sandbox.machines.process.windows.programs import install_programs
from bot.sandbox.machines.process.windows.scheduler import Scheduler
from bot.sandbox.machines.process.windows.sshd import Sshd
from bot.sandbox.machines.process.windows.state import State
from bot.sandbox.machines.process.windows.system import System


class Windows:
    """The operating system of one boot; for SSH it is the `SignIn` too."""

    def __init__(
        self, spec: Mapping[str, Any], tree: Tree, processes: Processes, reboot: Callable[[], None]
    ) -> None:
        self._spec = spec
        self._tree = tree
        self._reboot = reboot
        for name in DIRECTORIES:
            (tree.root / name).mkdir(parents=True, exist_ok=True)
        install_programs(tree)
        self._state = State(tree.root / "Windows/System32/config/machine.json")
        if self._state.is_new:
            self._state.install(spec["image"], spec["admin_user"])
        self._accounts = WindowsAccounts(self._state, tree)
        access = AccessLists(self._state, tree)
        scheduler = Scheduler(self._state, self._accounts, access, processes, self._environment_of)
        self._sshd = Sshd(tree, self._state, self._accounts, access, spec["ssh_port"])
        self._ssh = SshServer(self, spec["address"], spec["ssh_port"], processes)
        self._changing = asyncio.Lock()
        self._system = System(
            spec["address"],
            self._state,
            self._accounts,
            access,
            scheduler,
            self._sshd_changed,
            self._sshd_restarted,
            tree,
        )
        self.programs: Mapping[str, Program] = {"windows": self._system.ask}

    async def boot(self, run: RunAsRoot) -> None:
        """Start services, tasks, and SSH if it is on.

        customData is saved and not run, as on Azure.
        """
        saved = self._tree.root / "AzureData/CustomData.bin"
        if self._spec["custom_data"] and not saved.exists():
            saved.parent.mkdir(exist_ok=True)
            saved.write_bytes(self._spec["custom_data"].encode("latin-1"))
        await self._system.boot()
        await self._sshd_changed()

    async def shut_down(self) -> None:
        """Stop SSH first, so that no session begins while tasks end."""
        await self._ssh.close()
        await self._system.shut_down()

    def root_command(self, script: str) -> tuple[Sequence[str], dict[str, str]]:
        """Return PowerShell with the system's environment."""
        powershell = self._tree.root / "Windows/System32/powershell.exe"
        argv = (str(powershell), "-NoProfile", "-NonInteractive", "-Command", script)
        return argv, self._environment_of("SYSTEM")

    async def serve(
        self, program: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Return False: Windows has no such program."""
        return False

    async def _sshd_changed(self) -> None:
        async with self._changing:
            wanted = self._sshd.should_listen
            if wanted and not self._ssh.is_listening:
                await self._ssh.listen()
            elif self._ssh.is_listening and not wanted:
                await self._ssh.close()

    async def _sshd_restarted(self) -> None:
        async with self._changing:
            self.read_configuration()
            self._ssh.reload()

    def _environment_of(self, name: str) -> dict[str, str]:
        user = self._accounts.user(name)
        if user is None:
            raise LookupError(f"User {name} was not found.")
        return self.environment(user)

    # -- signing in

    @property
    def host_key_file(self) -> Path:
        return self._sshd.host_key_file

    def read_configuration(self) -> None:
        self._sshd.check()

    def user(self, name: str) -> User | None:
        """Return the user whom sshd lets in; the first sign-in makes the profile."""
        user = self._accounts.user(name)
        if user is None or not self._sshd.may_sign_in(user):
            return None
        (Path(user.home) / "AppData/Local/Temp").mkdir(parents=True, exist_ok=True)
        return user

    def authorized_keys(self, user: User) -> Path:
        return self._sshd.authorized_keys(user)

    def environment(self, user: User) -> dict[str, str]:
        (Path(user.home) / "AppData/Local/Temp").mkdir(parents=True, exist_ok=True)
        spec = self._spec
        return windows_environment(
            self._tree, spec["machine_id"], spec["hostname"], user, spec["network"]
        )

    def session(self, user: User, command: str | None) -> Sequence[str]:
        return self._sshd.session(user, command)
