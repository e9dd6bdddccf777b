"""The SSH server of a machine: a real one (asyncssh), with the machine's own host key and
users, public keys alone, commands and SFTP. No terminal, no forwarding."""

import subprocess
from pathlib import Path

import asyncssh

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.environment import login_shell
from bot.sandbox.machines.process.host import Host

BANNER = "OpenSSH_9.6p1 notebook-bot-sandbox"


def host_key(host: Host) -> asyncssh.SSHKey:
    """The planted key; one of the machine's own, made once, where none was planted."""
    file = host.tree.root / "etc/ssh/ssh_host_ed25519_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(file)


async def listen(host: Host) -> asyncssh.SSHAcceptor:
    """Accept connections on the machine's address."""
    return await asyncssh.listen(
        host.address,
        host.ssh_port,
        server_factory=lambda: _Server(host),
        server_host_keys=[host_key(host)],
        server_version=BANNER,
        process_factory=lambda process: _run(host, process),
        sftp_factory=lambda channel: _Files(channel, host),
        encoding=None,
        allow_scp=False,
        agent_forwarding=False,
        x11_forwarding=False,
    )


class _Server(asyncssh.SSHServer):
    """Who may sign in: a user of the machine by a key in its authorized_keys."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        user = self._host.accounts.user(username)
        if user is None or not user.may_sign_in or user.name == "root":
            return False
        file = Path(user.home) / ".ssh/authorized_keys"
        if not file.exists():
            return False
        offered = key.export_public_key().split()[:2]
        lines = [line.split()[:2] for line in file.read_bytes().splitlines() if line.strip()]
        return offered in lines

    def password_auth_supported(self) -> bool:
        return False


class _Files(asyncssh.SFTPServer):
    """Relative paths start at the user's home."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], host: Host) -> None:
        super().__init__(channel)
        user = _user(host, channel.get_extra_info("username"))
        self._home = user.home.encode()

    def map_path(self, path: bytes) -> bytes:
        """See asyncssh.SFTPServer."""
        return path if path.startswith(b"/") else b"/".join((self._home, path))


def _user(host: Host, name: str) -> User:
    user = host.accounts.user(name)
    if user is None:
        raise asyncssh.PermissionDenied(f"no user {name}")
    return user


async def _run(host: Host, process: asyncssh.SSHServerProcess[bytes]) -> None:
    """One command, or a shell that reads its commands from the channel."""
    user = _user(host, process.get_extra_info("username"))
    peer, own = process.get_extra_info("peername"), process.get_extra_info("sockname")
    environ = host.environment(user)
    environ["SSH_CONNECTION"] = f"{peer[0]} {peer[1]} {own[0]} {own[1]}"
    shell = login_shell(user)
    argv = [shell, "-c", process.command] if process.command else [shell, "-l"]
    child = host.processes.spawn(
        argv,
        env=environ,
        cwd=user.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    popen = child.popen
    await process.redirect(stdin=popen.stdin, stdout=popen.stdout, stderr=popen.stderr)
    code = await child.wait()
    # What the command had printed before it ended must be sent before its status.
    await process.stdout.drain()
    await process.stderr.drain()
    if code >= 0:
        process.exit(code)
    else:
        process.exit_with_signal("KILL")
