"""The SSH server of a machine: a real one (asyncssh) for public keys, commands and SFTP.

It has the machine's own host key and users, no terminal and no forwarding. As with OpenSSH without
a terminal, a command outlives a lost connection: it reads the end of its input, and gets a broken
pipe when it writes.
"""

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path
from typing import cast

import asyncssh

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.logins import Login, Logins
from bot.sandbox.machines.process.operating_system import SignIn
from bot.sandbox.machines.process.processes import Child, Processes

BANNER = "OpenSSH_9.6p1 notebook-bot-sandbox"
_SFTP_VERSION = 3
_CHUNK = 65536


def host_key(file: Path) -> asyncssh.SSHKey:
    """Return the planted host key, or else one that the machine makes once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(file)


class SshServer:
    """SSH of one running machine."""

    def __init__(
        self,
        sign_in: SignIn,
        address: str,
        port: int,
        processes: Processes,
        logins: Logins | None = None,
    ) -> None:
        self._sign_in = sign_in
        self._logins = logins
        self._address, self._port = address, port
        self._processes = processes
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def listen(self) -> None:
        """Accept connections on the machine's address.

        Raise OSError, or ValueError for a configuration that can't be used.
        """
        self._sign_in.read_configuration()
        self._acceptor = await asyncssh.listen(
            self._address,
            self._port,
            server_factory=lambda: _Server(
                self._sign_in, self._processes, self._connections, self._logins
            ),
            server_host_keys=[host_key(self._sign_in.host_key_file)],
            server_version=BANNER,
            encoding=None,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
        )

    @property
    def is_listening(self) -> bool:
        """Whether the server accepts connections."""
        return self._acceptor is not None

    def reload(self) -> None:
        """Read host key and configuration again; open connections stay.

        Raise asyncssh.KeyImportError or ValueError, and change nothing, if they can't be used.
        """
        if self._acceptor is not None:
            self._sign_in.read_configuration()
            self._acceptor.update(server_host_keys=[host_key(self._sign_in.host_key_file)])

    async def close(self) -> None:
        """Stop to accept connections, and cut the open ones."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        for connection in list(self._connections):
            connection.abort()
        await self._acceptor.wait_closed()
        self._acceptor = None


class _Server(asyncssh.SSHServer):
    """The sign-in of a connection: a user of the machine, by a key in authorized_keys."""

    def __init__(
        self,
        sign_in: SignIn,
        processes: Processes,
        connections: set[asyncssh.SSHServerConnection],
        logins: Logins | None,
    ) -> None:
        self._sign_in = sign_in
        self._processes = processes
        self._connections = connections
        self._logins = logins
        self._login: Login | None = None
        self._sessions: list[_Session] = []

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self._connection)
        if self._logins is not None and self._login is not None:
            self._logins.ended(self._login)

    def auth_completed(self) -> None:
        user = self._sign_in.user(self._connection.get_extra_info("username"))
        if self._logins is not None and user is not None:
            peer = self._connection.get_extra_info("peername")
            self._login = self._logins.begin(user, peer[:2], self._key, self._end)

    def _end(self) -> None:
        """One connection, and everything that was started over it."""
        for session in self._sessions:
            session.signal_received("KILL")
        self._connection.abort()

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        session = _Session(self._sign_in, self._processes)
        self._sessions.append(session)
        return session

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        user = self._sign_in.user(username)
        if user is None:
            return False
        file = self._sign_in.authorized_keys(user)
        if not file.exists():
            return False
        self._key = key
        offered = key.export_public_key().split()[:2]
        lines = [line.split()[:2] for line in file.read_bytes().splitlines() if line.strip()]
        return offered in lines

    def password_auth_supported(self) -> bool:
        return False


class _Files(asyncssh.SFTPServer):
    """Resolve a path; relative paths start at the user's home."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], sign_in: SignIn) -> None:
        super().__init__(channel)
        user = _user(sign_in, channel.get_extra_info("username"))
        self._home = user.home.encode()

    def map_path(self, path: bytes) -> bytes:
        """Return the file's path on this computer."""
        return path if path.startswith(b"/") else b"/".join((self._home, path))


def _user(sign_in: SignIn, name: str) -> User:
    user = sign_in.user(name)
    if user is None:
        raise asyncssh.PermissionDenied(f"no user {name}")
    return user


class _Session(asyncssh.SSHServerProcess[bytes]):
    """One command, or a shell that reads its commands from the channel."""

    def __init__(self, sign_in: SignIn, processes: Processes) -> None:
        super().__init__(
            self._run,
            lambda channel: _Files(cast("asyncssh.SSHServerChannel[bytes]", channel), sign_in),
            _SFTP_VERSION,
            allow_scp=False,
        )
        self._sign_in = sign_in
        self._processes = processes
        self._child: Child | None = None

    def signal_received(self, signal: str) -> None:
        """Pass a signal of the client to the whole command, as OpenSSH does."""
        if self._child is not None and (number := _SIGNALS.get(signal)):
            self._child.signal(number)

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        user = _user(self._sign_in, process.get_extra_info("username"))
        peer, own = process.get_extra_info("peername"), process.get_extra_info("sockname")
        environ = self._sign_in.environment(user)
        environ["SSH_CONNECTION"] = f"{peer[0]} {peer[1]} {own[0]} {own[1]}"
        self._child = child = self._processes.spawn(
            self._sign_in.session(user, process.command),
            env=environ,
            cwd=user.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # Not at the first end of the two: output after an end of file would be dropped.
        await process.redirect(stdout=child.popen.stdout, stderr=child.popen.stderr, send_eof=False)
        feeding = asyncio.create_task(_feed(process.stdin, child))
        code = await child.wait()
        # Output from before the command's end must be sent before its status.
        with contextlib.suppress(OSError, asyncssh.Error):
            await process.stdout.drain()
            await process.stderr.drain()
        feeding.cancel()
        if code >= 0:
            process.exit(code)
        else:
            process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))


_SIGNALS = {number.name.removeprefix("SIG"): number for number in signal.Signals}


async def _feed(source: asyncssh.SSHReader[bytes], child: Child) -> None:
    """Copy the client's input to the command.

    asyncssh's own redirection writes from within asyncio's resume_writing(). A pipe that is closed
    there loses what is still buffered, for example the end of an upload.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, child.popen.stdin
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    try:
        while data := await source.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    except (OSError, asyncssh.Error):
        pass  # the command has closed its input, or the client is gone
    finally:
        writer.close()
