"""What differs over SSH with the machine's operating system: how the program gets there, how its
Python is found, and the command line that runs it."""

import secrets
import shlex
from collections.abc import Mapping
from typing import Protocol

import asyncssh

from provisioning.adapters.ssh.bundle import BASE, MachineBundle
from provisioning.adapters.ssh.uv_wheel import UvWheel
from provisioning.core.errors import NotYet
from provisioning.core.language import N_
from provisioning.platforms.catalogue import Platform

PYTHON_FILE = f"{BASE}/python"
"""Where the path of the machine's Python is kept, as the bootstrap found it."""

Answer = tuple[int, str, str]
"""Exit status, output, errors."""


class Shell(Protocol):
    """One operating system's way. Raises `NotYet` where the connection is lost."""

    first_boot: str
    """A command that ends when the first boot has; empty where sign-in is possible only then."""

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """Whether the machine has this content of the program."""
        ...

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """Bring it there, all or nothing. Who comes second with the same content does no harm."""
        ...

    async def bootstrap(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle, platform: Platform
    ) -> Answer:
        """Have the platform's script find or install a Python; its last line is the path."""
        ...

    async def keep_python(self, connection: asyncssh.SSHClientConnection, path: str) -> Answer:
        """Write the path down for later sessions."""
        ...

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """The command that runs the set-up program with all rights."""
        ...


async def run(connection: asyncssh.SSHClientConnection, command: str, stdin: bytes = b"") -> Answer:
    """Run a command to its end. Raises NotYet if the connection was lost before."""
    # Without an input asyncssh keeps the command's open, and who reads it waits for ever.
    source = asyncssh.PIPE if stdin else asyncssh.DEVNULL
    result = await connection.run(command, input=stdin, stdin=source, encoding=None)
    if result.exit_status is None or result.exit_status < 0:
        raise NotYet(N_("The connection to the machine was lost"))
    return result.exit_status, _text(result.stdout), _text(result.stderr)


class PosixShell:
    """Linux, with sh and sudo."""

    first_boot = "if command -v cloud-init >/dev/null; then cloud-init status --wait --long; fi"

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """By its folder's name."""
        status, _, _ = await run(connection, f"test -d {bundle.directory}")
        return status == 0

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """From the command's input. Who comes second removes its own copy."""
        command = (
            f"umask 077 && mkdir -p {BASE} && t=$(mktemp -d {BASE}/upload.XXXXXX) && "
            f'tar -xzf - -C "$t" && {{ mv -T "$t" {bundle.directory} 2>/dev/null || '
            f'{{ rm -rf "$t"; test -d {bundle.directory}; }}; }}'
        )
        return await run(connection, command, bundle.archive)

    async def bootstrap(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle, platform: Platform
    ) -> Answer:
        """The script on the shell's input."""
        command = shlex.join(("sh", "-s", "--", *platform.bootstrap_arguments))
        return await run(connection, command, platform.bootstrap_path.read_bytes())

    async def keep_python(self, connection: asyncssh.SSHClientConnection, path: str) -> Answer:
        """A file of the admin's own."""
        return await run(connection, f"umask 077 && cat > {PYTHON_FILE}", path.encode())

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """As root."""
        return f'sudo -n "$(cat {PYTHON_FILE})" -I "$PWD/{directory}/setup.py" {subcommand}'


class WindowsShell:
    """Windows, where files go by SFTP and commands are words that cmd.exe and PowerShell read
    alike: whichever of them is OpenSSH's default shell there, nothing needs its quoting.

    An administrator's session over SSH has all rights already. `uv` is brought along.
    """

    first_boot = ""

    def __init__(self, uv: UvWheel) -> None:
        self._uv = uv

    async def has(self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle) -> bool:
        """By its folder's name."""
        async with connection.start_sftp_client() as files:
            return await files.isdir(bundle.directory)

    async def unpack(
        self, connection: asyncssh.SSHClientConnection, bundle: MachineBundle
    ) -> Answer:
        """By Windows's own tar. The admin's profile is private, so the folder is too."""
        folder = f"{BASE}/upload-{secrets.token_hex(4)}"
        archive = f"{folder}.tar.gz"
        async with connection.start_sftp_client() as files:
            await files.makedirs(folder, exist_ok=True)
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
        """The script as a file, which is told uv's wheel, its lock and what Python to have."""
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
        """uv's wheel on the machine, uploaded where it is not there yet, whole or not at all.
        `.zip`, since PowerShell unpacks no other name."""
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
        """A file of the admin's own."""
        async with (
            connection.start_sftp_client() as files,
            files.open(PYTHON_FILE, "wb") as file,
        ):
            await file.write(path.encode())
        return 0, "", ""

    async def program(
        self, connection: asyncssh.SSHClientConnection, directory: str, subcommand: str
    ) -> str:
        """By the path that was kept. Quotes only where it needs them: PowerShell would take a
        quoted word at the beginning for a text."""
        async with (
            connection.start_sftp_client() as files,
            files.open(PYTHON_FILE, "r") as file,
        ):
            python = (await file.read()).strip()
        word = f'"{python}"' if " " in python else python
        return f"{word} -I {directory}/setup.py {subcommand}"


def shells(uv: UvWheel) -> Mapping[str, Shell]:
    """By the operating system of `HostAccess`."""
    return {"linux": PosixShell(), "windows": WindowsShell(uv)}


def _text(output: str | bytes | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""
