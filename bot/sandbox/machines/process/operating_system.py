"""What a machine's init asks of the operating system that it plays."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.answer import Answer

Program = Callable[[list[str]], Awaitable[Answer]]
RunAsRoot = Callable[[str], Answer]


class SignIn(Protocol):
    """How people get in over SSH."""

    @property
    def host_key_file(self) -> Path:
        """Where the SSH server's private key lies."""
        ...

    def read_configuration(self) -> None:
        """When the SSH server starts or is told to. Raises ValueError for what it can't be."""
        ...

    def user(self, name: str) -> User | None:
        """Who may sign in by that name; None if nobody."""
        ...

    def authorized_keys(self, user: User) -> Path:
        """The file with the keys that let this user in."""
        ...

    def environment(self, user: User) -> dict[str, str]:
        """The environment of a fresh session."""
        ...

    def session(self, user: User, command: str | None) -> Sequence[str]:
        """The program of a session: the user's shell with a command, or alone."""
        ...


class OperatingSystem(Protocol):
    """Linux or Windows, for one boot. `programs` are what the machine's own programs ask."""

    programs: Mapping[str, Program]

    async def boot(self, run: RunAsRoot) -> None:
        """All that comes up at a boot, SSH last. `run` runs a script as the machine's root."""
        ...

    async def shut_down(self) -> None:
        """Services and forwarding end."""
        ...

    def root_command(self, script: str) -> tuple[Sequence[str], dict[str, str]]:
        """Program and environment of a script that the cloud's agent runs."""
        ...

    async def serve(
        self, program: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Take over the connection of a program that stays; False if it is no such one."""
        ...
