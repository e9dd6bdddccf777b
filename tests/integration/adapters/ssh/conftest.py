"""A real SSH server on loopback whose commands run in a folder of their own."""

import asyncio
import os
import platform
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.ssh.host import SshHost
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.policy import MachineLayout

from .package_index import a_wheel, lock_of

UV = a_wheel(b"the program")
PROGRAM = """
import json, os, pathlib, sys, time

def say(**event):
    print(json.dumps(event), flush=True)

specification = json.load(sys.stdin)
subcommand = sys.argv[1]
pathlib.Path(f"got-{subcommand}.json").write_text(json.dumps(specification))
if subcommand == "apply":
    say(event="step", step="packages", state="start")
    print("a line that is no event")
    say(event="step", step="packages", state="done", seconds=0.5, changed=True)
    mode = specification.get("mode")
    if mode == "fail":
        say(event="failed", step="packages", reason="The moon is full.", detail="owls")
        sys.exit(1)
    if mode == "full":
        say(event="failed", step="user", reason="No.", detail="ENOSPC", code="DiskFull")
        sys.exit(1)
    if mode == "crash":
        sys.exit("Traceback: it broke")
    if mode == "hang":
        time.sleep(60)
    say(event="done", certificate_sha256="AA:BB", python=sys.executable, seconds=1.5,
        changed=["packages"])
elif subcommand == "verify":
    answer = pathlib.Path("answer").read_text() if os.path.exists("answer") else "2"
    if answer == "none":
        say(event="not-yet", reason="No kernel of the server has computed within 90 s.")
        sys.exit(1)
    if answer != "2":
        say(event="failed", step="kernel", reason=f"The kernel said {answer}.", detail="")
        sys.exit(1)
    say(event="verified", seconds=0.1)
elif subcommand == "password":
    say(event="password", ok=True)
elif subcommand == "activity":
    mode = pathlib.Path("activity").read_text() if os.path.exists("activity") else ""
    if mode == "hang":
        time.sleep(60)
    if mode == "fail":
        say(event="failed", step="activity", reason="There is no notebook here.", detail="")
        sys.exit(1)
    kernel = dict(id="k1", name="python3", path="deep/train.ipynb", state="busy", connections=2,
                  busy_since="2026-11-24T00:00:00+00:00", busy_seconds=75.0, quiet_seconds=9.0)
    say(event="activity", unknown={}, kernels=[kernel], terminals=[], processes=[], ssh=[],
        gpu=[], took=0.5, files={"quiet_seconds": None, "complete": True})
"""


async def pump(reader, writer) -> None:
    with suppress(ConnectionError, asyncssh.Error):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
        if isinstance(writer, asyncio.StreamWriter):
            writer.close()


@dataclass
class Machine:
    """The server's side: received commands, and the files on its disk."""

    home: Path
    access: HostAccess
    host_key: asyncssh.SSHKey
    authorized: asyncssh.SSHAuthorizedKeys
    path: Path
    commands: list[str] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    connections: set = field(default_factory=set)
    children: list = field(default_factory=list)
    running: set = field(default_factory=set)
    acceptor: asyncssh.SSHAcceptor | None = None

    async def boot(self) -> None:
        machine = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, connection):
                self.connection = connection
                machine.connections.add(connection)

            def connection_lost(self, exc):
                machine.connections.discard(self.connection)
                for connection, child in machine.children:
                    if connection is self.connection and child.returncode is None:
                        os.killpg(child.pid, signal.SIGKILL)

            def begin_auth(self, username):
                machine.sign_ins.append(username)
                self.connection.set_authorized_keys(machine.authorized)
                return True

        self.acceptor = await asyncssh.listen(
            self.access.address,
            self.access.port,
            server_factory=Server,
            server_host_keys=[self.host_key],
            process_factory=self._run,
            encoding=None,
        )
        port = self.acceptor.get_port()
        self.access = HostAccess(
            self.access.address, port, self.access.user, self.access.host_public_key
        )

    async def _run(self, process: asyncssh.SSHServerProcess) -> None:
        self.commands.append(process.command)
        child = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            process.command,
            cwd=self.home,
            env={"PATH": f"{self.path}:{os.environ['PATH']}", "HOME": str(self.home)},
            start_new_session=True,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        connection = process.get_extra_info("connection")
        self.children.append((connection, child))
        self.running.add(asyncio.current_task())
        feeding, *printing = (
            asyncio.create_task(pump(*each))
            for each in (
                (process.stdin, child.stdin),
                (child.stdout, process.stdout),
                (child.stderr, process.stderr),
            )
        )
        try:
            await asyncio.gather(*printing)
            process.exit(await child.wait())
        finally:
            for each in (feeding, *printing):
                each.cancel()
            await asyncio.gather(feeding, *printing, return_exceptions=True)
            await child.communicate()  # to the end of its pipes, which closes them
            self.running.discard(asyncio.current_task())

    def cut(self) -> None:
        for connection in list(self.connections):
            connection.abort()

    def install(self, name: str, script: str) -> None:
        file = self.path / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    async def off(self) -> None:
        self.cut()
        if self.acceptor:
            self.acceptor.close()
            await self.acceptor.wait_closed()
        await asyncio.gather(*self.running, return_exceptions=True)


@pytest.fixture
def keys(tmp_path):
    return InstallationKeys(tmp_path / "keys")


@pytest.fixture
async def machine(tmp_path, keys):
    """A machine that boots when the test starts it."""
    home, path = tmp_path / "home", tmp_path / "path"
    home.mkdir()
    path.mkdir()
    pair = keys.host_key("abc")
    machine = Machine(
        home=home,
        path=path,
        access=HostAccess("127.0.0.1", 0, "notebook-admin", pair.public_openssh),
        host_key=asyncssh.import_private_key(pair.private_openssh),
        authorized=asyncssh.import_authorized_keys(keys.client_public_key),
    )
    # The test computer's own cloud-init would wait for ever for a boot that it did not do.
    machine.install("cloud-init", "echo 'status: done'")
    machine.install("sudo", 'test "$1" = -n && shift; exec "$@"')
    yield machine
    await machine.off()


@pytest.fixture
def program(tmp_path):
    """A machine program of a few lines that speaks the protocol of the real one."""
    folder = tmp_path / "machine"
    (folder / "assets").mkdir(parents=True)
    (folder / "setup.py").write_text(PROGRAM)
    (folder / "uv.lock.txt").write_text(lock_of(UV))
    (folder / "assets" / "welcome.ipynb").write_text("{}")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "setup.pyc").write_bytes(b"old")
    return folder


@pytest.fixture
def uv_folder(program, tmp_path):
    """The bot's folder with a small wheel in the place of uv's."""
    folder = tmp_path / "kept"
    folder.mkdir()
    UvWheels(program / "uv.lock.txt", folder).linux(platform.machine()).path.write_bytes(UV)
    return folder


@pytest.fixture
def host(keys, program, uv_folder):
    layout = MachineLayout(connect_timeout=5)
    return SshHost(keys.client_private_key, program, layout, cache=uv_folder)
