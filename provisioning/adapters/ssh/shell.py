"""What differs over SSH with the machine's operating system.

How the program is uploaded, how its Python is found, and the command line that runs it.
"""

import asyncio
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import asyncssh

from provisioning.adapters.ssh.bundle import BASE, MachineBundle
from provisioning.adapters.ssh.reading import end_of
from provisioning.adapters.ssh.uv_wheel import UvWheel, UvWheels
from provisioning.core.errors import NotYet
from provisioning.core.language import N_
from provisioning.platforms.catalogue import Platform

PYTHON_FILE = f"{BASE}/python"
"""The file with the path of the machine's Python, written by the bootstrap."""
_RESERVE = f"{BASE}/reserve"
"""Room that the machine program keeps for the bot (`notebook_setup.disk_full`)."""

_SECONDS = 1800.0
"""Time that a command may take: the longest installs a Python, or waits for the first boot."""
_QUICK_SECONDS = 60.0
TOO_LATE = N_("The machine did not answer in time")
_LONGEST_PATH = 4096

Answer = tuple[int, str, str]
"""Exit status, output, errors."""


class Shell(Protocol):
    """The ways of one operating system. Methods raise `NotYet` if the connection is lost."""

    first_boot: str
    """A command that ends when the first boot ends; empty if sign-in works only after it."""

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """Return whether the machine has this content of the program."""
        ...

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """Upload and unpack the program, all or nothing.

        A second upload of the same content does no harm.
        """
        ...

    async def bootstrap(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle, platform: Platform
    ) -> Answer:
        """Find or install a Python with the platform's script; its last line is the path."""
        ...

    async def keep_python(self, connection: asyncssh.SSHClientConnection, path: str) -> Answer:
        """Store the path for later sessions."""
        ...

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """Return the command that runs the machine program with all rights."""
        ...


async def run(
    connection: asyncssh.SSHClientConnection,
    command: str,
    stdin: bytes | Path = b"",
    seconds: float = _SECONDS,
) -> Answer:
    """Run a command to its end. Of its output only the end is kept.

    The command's input is `stdin`, or the content of that file.

    Raises:
        NotYet: if the connection was lost before, or the command takes longer than `seconds`.
        PermanentError: if the machine sends more than it may.
    """
    # Without an input asyncssh keeps stdin open, and a command that reads it waits for ever.
    source = asyncssh.DEVNULL if not stdin else asyncssh.PIPE if isinstance(stdin, bytes) else stdin
    try:
        async with asyncio.timeout(seconds):
            process = await connection.create_process(command, stdin=source, encoding=None)
            if stdin and isinstance(stdin, bytes):
                process.stdin.write(stdin)
                process.stdin.write_eof()
            output, errors = await asyncio.gather(end_of(process.stdout), end_of(process.stderr))
            await process.wait_closed()
    except TimeoutError:
        raise NotYet(TOO_LATE) from None
    if process.exit_status is None or process.exit_status < 0:
        raise NotYet(N_("The connection to the machine was lost"))
    return process.exit_status, output, errors


async def succeeds(connection: asyncssh.SSHClientConnection, command: str) -> bool:
    """Return whether a command ends well; its output is thrown away unread. Raises as `run`."""
    nothing = asyncssh.DEVNULL
    try:
        async with asyncio.timeout(_QUICK_SECONDS):
            process = await connection.create_process(
                command, stdin=nothing, stdout=nothing, stderr=nothing
            )
            await process.wait_closed()
    except TimeoutError:
        raise NotYet(TOO_LATE) from None
    if process.exit_status is None or process.exit_status < 0:
        raise NotYet(N_("The connection to the machine was lost"))
    return process.exit_status == 0


class PosixShell:
    """Linux, with sh and sudo. The bot uploads `uv`."""

    def __init__(self, uv: UvWheels) -> None:
        self._uv = uv

    # After the set-up no boot is the first. cloud-init then repeats little, and on a full disk it
    # may never end, so the machine is used all the same.
    first_boot = (
        "command -v cloud-init >/dev/null || exit 0; "
        f"test -e {PYTHON_FILE} || exec timeout 900 cloud-init status --wait --long; "
        "timeout 60 cloud-init status --wait >/dev/null; exit 0"
    )

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """Look for the folder, whose name is the content's hash."""
        return await succeeds(connection, f"test -d {bundle.directory}")

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """Unpack from the command's input. A second upload removes its own files.

        The reserve of the machine program makes room on a full disk.
        """
        command = (
            f"umask 077 && mkdir -p {BASE} && rm -f {_RESERVE} && "
            f"t=$(mktemp -d {BASE}/upload.XXXXXX) && "
            f'if tar -xzf - -C "$t"; then mv -T "$t" {bundle.directory} 2>/dev/null || '
            f'{{ rm -rf "$t"; test -d {bundle.directory}; }}; else rm -rf "$t"; false; fi'
        )
        return await run(connection, command, bundle.archive)

    async def bootstrap(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle, platform: Platform
    ) -> Answer:
        """Upload uv, and run the script from the shell's input."""
        answer = await self._bring_uv(connection)
        if answer[0] != 0:
            return answer
        command = shlex.join(("sh", "-s", "--", *platform.bootstrap_arguments))
        return await run(connection, command, platform.bootstrap_path.read_bytes())

    async def _bring_uv(self, connection: asyncssh.SSHClientConnection) -> Answer:
        """Upload the wheel for this kind of machine if it is missing, whole or not at all.

        The machine program finds the wheel by its name, in the folder around its own.
        """
        name = f"{BASE}/{self._uv.name}.whl"
        answer = await run(connection, f"test -e {name} || uname -m", seconds=_QUICK_SECONDS)
        if answer[0] != 0 or not answer[1].strip():
            return answer
        command = (
            f"umask 077 && t=$(mktemp {BASE}/upload.XXXXXX) && "
            f'if cat > "$t"; then mv -f "$t" {name}; else rm -f "$t"; false; fi'
        )
        return await run(connection, command, await self._uv.linux(answer[1].strip()).file())

    async def keep_python(self, connection: asyncssh.SSHClientConnection, path: str) -> Answer:
        """Replace a file of the admin user at once: another session may read it meanwhile."""
        command = (
            f"umask 077 && t=$(mktemp {BASE}/python.XXXXXX) && "
            f'cat > "$t" && mv -f "$t" {PYTHON_FILE}'
        )
        return await run(connection, command, path.encode())

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """Return the command, which runs as root."""
        return f'sudo -n "$(cat {PYTHON_FILE})" -I "$PWD/{directory}/setup.py" {subcommand}'


class WindowsShell:
    """Windows, where files go by SFTP.

    Commands are words that cmd.exe and PowerShell read alike, so that either may be OpenSSH's
    default
    shell. An administrator's session over SSH has all rights already. The bot uploads `uv`.
    """

    first_boot = ""

    def __init__(self, uv: UvWheel) -> None:
        self._uv = uv

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """Look for the folder, whose name is the content's hash."""
        async with connection.start_sftp_client() as files:
            return await files.isdir(bundle.directory)

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """Unpack with Windows's own tar. The admin's profile is private, so the folder is too."""
        folder = f"{BASE}/upload-{secrets.token_hex(4)}"
        archive = f"{folder}.tar.gz"
        async with connection.start_sftp_client() as files:
            await files.makedirs(folder, exist_ok=True)
            if await files.isfile(_RESERVE):
                await files.remove(_RESERVE)
            async with files.open(archive, "wb") as file:
                await file.write(bundle.archive)
            answer = await run(connection, f"tar.exe -xzf {archive} -C {folder}")
            await files.remove(archive)
            if answer[0] == 0:
                try:
                    await files.rename(folder, bundle.directory)
                except asyncssh.SFTPError:
                    await files.rmtree(folder)
                    if not await files.isdir(bundle.directory):
                        raise
        return answer

    async def bootstrap(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle, platform: Platform
    ) -> Answer:
        """Run the script as a file, with uv's wheel, its lock and the Python to install."""
        script = f"{BASE}/{platform.bootstrap_path.name}"
        async with connection.start_sftp_client() as files:
            wheel = await self._bring_uv(files)
            async with files.open(script, "wb") as file:
                await file.write(platform.bootstrap_path.read_bytes())
        lock, python = f"{bundle.directory}/uv.lock.txt", platform.machine.python_package
        return await run(
            connection,
            "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass "
            f"-File {script} -Wheel {wheel} -Lock {lock} -Python {python}",
        )

    async def _bring_uv(self, files: asyncssh.SFTPClient) -> str:
        """Upload uv's wheel if the machine lacks it, whole or not at all; return its path.

        The name ends in `.zip`, since PowerShell unpacks no other name.
        """
        wheel = f"{BASE}/{self._uv.name}.zip"
        if not await files.isfile(wheel):
            new = f"{BASE}/{secrets.token_hex(4)}.part"
            try:
                await files.put(str(await self._uv.file()), new)
                await files.rename(new, wheel)
            except asyncssh.SFTPError:
                await files.remove(new)
                if not await files.isfile(wheel):  # by another session meanwhile
                    raise
        return wheel

    async def keep_python(self, connection: asyncssh.SSHClientConnection, path: str) -> Answer:
        """Write a file of the admin user if it changes: another session may read it meanwhile."""
        async with connection.start_sftp_client() as files:
            if await files.isfile(PYTHON_FILE):
                async with files.open(PYTHON_FILE, "r") as file:
                    if await file.read(_LONGEST_PATH) == path:
                        return 0, "", ""
            async with files.open(PYTHON_FILE, "wb") as file:
                await file.write(path.encode())
        return 0, "", ""

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """Return the command with the stored path.

        The path is quoted only if it has a space: PowerShell would take a quoted first word for a
        text.
        """
        async with (
            connection.start_sftp_client() as files,
            files.open(PYTHON_FILE, "r") as file,
        ):
            python = (await file.read(_LONGEST_PATH)).strip()
        word = f'"{python}"' if " " in python else python
        return f"{word} -I {directory}/setup.py {subcommand}"


def shells(uv: UvWheels) -> Mapping[str, Shell]:
    """Return each operating system of `HostAccess` -> its shell."""
    return {"linux": PosixShell(uv), "windows": WindowsShell(uv.windows)}
