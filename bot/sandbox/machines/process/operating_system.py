"""The contract between a machine's init and the operating system that it plays."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.answer import Answer

Program = Callable[[list[str]], Awaitable[Answer]]
RunAsRoot = Callable[[str], Answer]


class SignIn(Protocol):
    """The sign-in over SSH."""

    @property
    def host_key_file(self) -> Path:
        """The file of the SSH server's private key."""
        ...

    def read_configuration(self) -> None:
        """Read the configuration again; the SSH server calls it at its start and at a reload.

        Raise ValueError for a configuration that can't be used.
        """
        ...

    def user(self, name: str) -> User | None:
        """Return the user who may sign in by that name, or None."""
        ...

    def authorized_keys(self, user: User) -> Path:
        """Return the file with the keys of this user."""
        ...

    def environment(self, user: User) -> dict[str, str]:
        """Return the environment of a fresh session."""
        ...

    def session(self, user: User, command: str | None) -> Sequence[str]:
        """Return the program of a session: the user's shell, with or without a command."""
        ...


class OperatingSystem(Protocol):
    """Linux or Windows, for one boot. `programs` answer the requests of the stand-ins."""

    programs: Mapping[str, Program]

    async def boot(self, run: RunAsRoot) -> None:
        """Start everything of a boot, SSH last. `run` runs a script as the machine's root."""
        ...

    async def shut_down(self) -> None:
        """End services and forwarders."""
        ...

    def root_command(self, script: str) -> tuple[Sequence[str], dict[str, str]]:
        """Return program and environment of a script that the cloud's agent runs."""
        ...

    async def serve(
        self, program: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Take over the connection of a daemon; return False for any other program."""
        ...
