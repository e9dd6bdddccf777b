"""The start of a service's processes as the unit asks: user, folder, variables, output.

The states of the service are in `service`.
"""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.commands import (
    assignments,
    parse_command,
    read_environment_file,
)
from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.processes import Child
from bot.sandbox.machines.process.units import Unit

_DIRECTORIES = {
    "StateDirectory": "var/lib",
    "RuntimeDirectory": "run",
    "LogsDirectory": "var/log",
    "CacheDirectory": "var/cache",
}
_VARIABLES = {
    "StateDirectory": "STATE_DIRECTORY",
    "RuntimeDirectory": "RUNTIME_DIRECTORY",
    "LogsDirectory": "LOGS_DIRECTORY",
    "CacheDirectory": "CACHE_DIRECTORY",
}


class Execution:
    """The start of one unit's commands."""

    def __init__(self, unit: Unit, host: Host) -> None:
        self._unit = unit
        self._host = host

    async def spawn(self, line: str, invocation: str, extra: Mapping[str, str]) -> Child:
        """Start one Exec line. Raise OSError or ValueError if that is impossible."""
        user = self._user()
        environ = {**self._environment(user), **extra, "INVOCATION_ID": invocation}
        command = parse_command(line, environ)
        program = shutil.which(command.argv[0], path=environ["PATH"])
        if program is None:
            raise FileNotFoundError(f"{command.argv[0]}: No such file or directory")
        directory = self._working_directory(user)
        with contextlib.ExitStack() as stack:
            stdout, stderr = self._outputs(stack)
            child = self._host.processes.spawn(
                [program, *command.argv[1:]],
                env=environ,
                cwd=directory,
                stdout=stdout,
                stderr=stderr,
                umask=int(self._last("UMask", "0022"), 8),
                open_files=self._open_files(),
            )
        name = self._last("SyslogIdentifier", Path(program).name)
        for pipe in (child.popen.stdout, child.popen.stderr):
            if pipe:
                await self._host.journal.follow(self._unit.name, name, child.pid, pipe)
        return child

    def make_directories(self) -> None:
        """Make the folders of StateDirectory= and its kin in the machine's tree."""
        for key, place in _DIRECTORIES.items():
            for name in self._unit.words("Service", key):
                directory = self._host.tree.root / place / name
                directory.mkdir(parents=True, exist_ok=True)
                directory.chmod(int(self._last(f"{key}Mode", "0755"), 8))

    def remove_runtime_directories(self) -> None:
        for name in self._unit.words("Service", "RuntimeDirectory"):
            shutil.rmtree(self._host.tree.root / "run" / name, ignore_errors=True)

    def _last(self, key: str, default: str = "") -> str:
        return self._unit.last("Service", key, default)

    def _user(self) -> User:
        name = self._last("User", "root")
        user = self._host.accounts.user(name)
        if user is None:
            raise OSError(f"Failed to determine user credentials: unknown user {name}")
        group = self._last("Group")
        if group and self._host.accounts.group(group) is None:
            raise OSError(f"Failed to determine group credentials: unknown group {group}")
        return user

    def _environment(self, user: User) -> dict[str, str]:
        environ = self._host.environment(user)
        for key, variable in _VARIABLES.items():
            names = self._unit.words("Service", key)
            if names:
                folders = [str(self._host.tree.root / _DIRECTORIES[key] / n) for n in names]
                environ[variable] = ":".join(folders)
        environ |= assignments(self._unit.all("Service", "Environment"))
        for value in self._unit.all("Service", "EnvironmentFile"):
            path = self._host.tree.inside(value.removeprefix("-"))
            if path.exists() or not value.startswith("-"):
                environ |= read_environment_file(path)
        return environ

    def _working_directory(self, user: User) -> Path:
        value = self._last("WorkingDirectory")
        optional, value = value.startswith("-"), value.removeprefix("-")
        if not value:
            return self._host.tree.root
        directory = Path(user.home) if value == "~" else self._host.tree.inside(value)
        if not directory.is_dir() and optional:
            return self._host.tree.root
        return directory

    def _open_files(self) -> int:
        value = self._last("LimitNOFILE", "4096").rpartition(":")[2]
        return int(value) if value.isdigit() else 1 << 20

    def _outputs(self, stack: contextlib.ExitStack) -> tuple[int | IO[bytes], int | IO[bytes]]:
        stdout = self._output(self._last("StandardOutput", "journal"), stack)
        wanted = self._last("StandardError", "inherit")
        if wanted == "inherit":
            return stdout, subprocess.STDOUT
        return stdout, self._output(wanted, stack)

    def _output(self, value: str, stack: contextlib.ExitStack) -> int | IO[bytes]:
        if value in {"journal", "syslog", "journal+console", "inherit"}:
            return subprocess.PIPE
        if value == "null":
            return subprocess.DEVNULL
        kind, _, path = value.partition(":")
        modes = {"append": "ab", "file": "wb", "truncate": "wb"}
        if kind not in modes:
            raise ValueError(f"StandardOutput={value} is not supported here")
        return stack.enter_context(self._host.tree.inside(path).open(modes[kind]))


@contextlib.contextmanager
def notification_socket() -> Iterator[tuple["asyncio.Future[None]", dict[str, str]]]:
    """Open a NOTIFY_SOCKET: a future that READY=1 fulfils, and the socket's variable.

    The socket is of Linux's abstract kind, whose names are not limited like those of paths.
    """
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    name = f"notify-{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        channel.bind(f"\0{name}")

        def received() -> None:
            with contextlib.suppress(BlockingIOError):
                if b"READY=1" in channel.recv(65536).split(b"\n") and not ready.done():
                    ready.set_result(None)

        loop.add_reader(channel, received)
        try:
            yield ready, {"NOTIFY_SOCKET": f"@{name}"}
        finally:
            loop.remove_reader(channel)
