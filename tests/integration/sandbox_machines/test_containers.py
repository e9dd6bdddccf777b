"""Machines of kind `container`: each is a real system, and no trace of it is left afterwards."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest
import pytest_asyncio

from bot.sandbox.machines.container.machines import ContainerMachines, require_containers
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.cache import ensure_image
from bot.sandbox.machines.port import MachineSpec
from tests.real_machines import Traces, prepare

from .small_machines import ADMIN, planted, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
    pytest.mark.container,
]

OWNER = """
import asyncio, sys
from pathlib import Path
from bot.sandbox.machines.container.machines import ContainerMachines
from bot.sandbox.machines.image.cache import ensure_image

async def main():
    machines = ContainerMachines(Path(sys.argv[1]), ensure_image("tree"))
    await machines.start("one")
    print("runs", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

REACHES = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
except OSError as error:
    sys.exit(f"no: {error}")
"""


@dataclass
class Container:
    """One machine, and the way to sign in."""

    machines: ContainerMachines
    folder: Path
    address: str
    client_key: asyncssh.SSHKey
    host_key: asyncssh.SSHKey

    async def connect(self) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            self.address,
            22,
            username=ADMIN,
            client_keys=[self.client_key],
            known_hosts=([self.host_key.convert_to_public()], [], []),
            config=None,
            agent_path=None,
        )

    async def run(self, command: str) -> str:
        """Run a command as the admin over SSH, once SSH works, and return the output."""

        async def attempt() -> str | None:
            try:
                async with await self.connect() as connection:
                    done = await connection.run(command, stdin=asyncssh.DEVNULL)
            except (OSError, asyncssh.Error):
                return None
            return str(done.stdout) or f"nothing, {done.exit_status}: {done.stderr}"

        return str(await until(attempt, 60))

    async def init_started(self) -> str:
        """Return when the machine's init began, which a reboot changes."""
        return await self.run("stat -c %Y.%i /run/systemd")


async def create(machines: ContainerMachines, folder: Path) -> Container:
    client, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    address = machines.allocate_address(frozenset())
    data = f"#cloud-config\nlocale: C.UTF-8\n{planted(host)}ssh_genkeytypes: []\n"
    await machines.create(
        MachineSpec(
            machine_id="one",
            hostname="quiet-otter",
            os="linux",
            image="Canonical:ubuntu-24_04-lts:server",
            admin_user=ADMIN,
            authorized_keys=(client.export_public_key().decode().strip(),),
            custom_data=data.encode(),
            address=address,
        )
    )
    return Container(machines, folder, address, client, host)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def container(tmp_path_factory) -> AsyncIterator[Container]:
    """A machine that the tests of this module leave running."""
    prepare("container")
    folder = tmp_path_factory.mktemp("c") / "machines"
    machines = ContainerMachines(folder, ensure_image("tree"))
    try:
        yield await create(machines, folder)
    finally:
        traces = Traces.of(folder)
        await machines.close()
        assert traces.left() == []


async def test_it_boots_a_real_system_whose_first_boot_did_what_the_vm_was_made_with(container):
    assert "status: done" in await container.run("cloud-init status --wait")
    assert await container.run("hostname") == "quiet-otter\n"
    assert await container.run("id -un; ps -o comm= 1") == f"{ADMIN}\nsystemd\n"
    assert await container.run("sudo -n id -u") == "0\n"
    assert "ok" in await container.run("systemctl --failed --quiet | grep . || echo ok")


async def test_it_reaches_the_package_registries_and_nothing_else(container):
    async def reaches(host: str, port: int) -> bool:
        program = f"python3 -c '{REACHES}' {host} {port} && echo yes"
        return "yes" in await container.run(program)

    for host, port in ensure_image("tree").registries:
        assert await reaches(host, port)
    here = (await container.run("echo $SSH_CLIENT")).split()[0]
    async with await asyncio.start_server(lambda *_: None, "0.0.0.0", 0) as server:
        assert not await reaches(here, server.sockets[0].getsockname()[1])
    gateway = (await container.run("ip -4 route show default")).split()[2]
    assert not await reaches(gateway, 22)
    assert not await reaches("192.0.2.1", 443)


async def test_a_reboot_from_inside_brings_it_back(container):
    before = await container.init_started()
    await container.run("sudo -n touch /var/kept; sudo -n systemctl reboot")

    async def is_another() -> bool:
        return await container.init_started() != before

    await until(is_another, 60)
    assert await container.run("ls /var/kept") == "/var/kept\n"
    assert await container.machines.is_running("one")


async def test_a_stop_and_a_start_keep_the_disk(container):
    await container.run("sudo -n touch /var/kept-too")
    await container.machines.stop("one")
    assert not await container.machines.is_running("one")
    with pytest.raises(OSError):  # noqa: PT011 - refused, unreachable or timed out
        await container.connect()
    await container.machines.stop("one")
    await container.machines.start("one")
    assert await container.run("ls /var/kept-too") == "/var/kept-too\n"


async def test_a_run_command_is_root_in_the_machine(container):
    done = await container.machines.run_command("one", "id -u; hostname; echo no >&2; exit 3")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "0\nquiet-otter\n", "no\n")


async def test_a_deleted_one_is_gone(tmp_path):
    prepare("container")
    machines = ContainerMachines(tmp_path / "machines", ensure_image("tree"))
    try:
        await create(machines, tmp_path / "machines")
        await machines.delete("one")
        assert not (tmp_path / "machines/one").exists()
        assert not await machines.is_running("one")
        await machines.delete("one")
    finally:
        await machines.close()


async def test_on_a_copied_disk_it_is_a_new_instance_with_its_files_and_the_planted_key(tmp_path):
    """The state after an undo: cloud-init sets the new address, and plants the first key again."""
    prepare("container")
    folder = tmp_path / "machines"
    machines = ContainerMachines(folder, ensure_image("tree"))
    try:
        one = await create(machines, folder)
        assert "done" in await one.run("cloud-init status --wait")
        await one.run("echo precious > notes; sudo -n chown 1234 notes; sudo -n rm /etc/motd")
        await one.run("sudo -n sh -c 'echo other > /etc/ssh/ssh_host_ed25519_key'")  # as if rotated
        await machines.stop("one")
        await machines.copy_disk("one", "snapshot")
        await machines.delete("one")
        await machines.copy_disk("snapshot", "disk")
        address = machines.allocate_address(frozenset({one.address}))
        empty = MachineSpec("one", "", "linux", "", "", (), b"", address, disk="disk")
        await machines.create(empty)
        back = replace(one, address=address)
        assert await back.run("cat notes; stat -c %u notes") == "precious\n1234\n"
        assert await back.run("ls /etc/motd 2>/dev/null; hostname") == "quiet-otter\n"
        assert "done" in await back.run("cloud-init status --wait")
        await machines.delete_disk("snapshot")
    finally:
        await machines.close()


async def _killed_owner(folder: Path, also: Callable[[Traces], None]) -> Traces:
    """Kill a sandbox whose machine runs; `also` is done first."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(folder), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert owner.stdout
        assert await owner.stdout.readline() == b"runs\n"
        traces = Traces.of(folder)
        assert traces.left()
        also(traces)
    finally:
        owner.kill()
        await owner.wait()
    return traces


async def test_a_killed_sandbox_leaves_nothing(tmp_path):
    prepare("container")
    folder = tmp_path / "machines"
    machines = ContainerMachines(folder, ensure_image("tree"))
    await create(machines, folder)
    await machines.close()
    traces = await _killed_owner(folder, lambda traces: None)
    await until(lambda: traces.left() == [])


async def test_what_a_killed_sandbox_and_a_killed_keeper_left_is_cleared_by_the_next(tmp_path):
    prepare("container")
    folder = tmp_path / "machines"
    machines = ContainerMachines(folder, ensure_image("tree"))
    container = await create(machines, folder)
    await machines.close()

    def kill_keeper(traces: Traces) -> None:
        [keeper] = [
            file.parent.name
            for file in Path("/proc").glob("[0-9]*/cmdline")
            if f"keeper\0{folder}/keeper.lock" in file.read_text()
        ]
        os.kill(int(keeper), signal.SIGKILL)

    traces = await _killed_owner(folder, kill_keeper)
    assert traces.left()
    following = ContainerMachines(folder, ensure_image("tree"))
    try:
        await following.start("one")
        assert container.address == json.loads((folder / "one/machine.json").read_text())["address"]
        assert "done" in await container.run("cloud-init status --wait")
    finally:
        await following.close()
    assert traces.left() == []


async def test_without_root_or_its_programs_it_is_refused_in_plain_words():
    with pytest.raises(MachinesError, match="needs root"):
        require_containers(user_id=1000)
    with pytest.raises(MachinesError, match="apt-get install systemd-container"):
        require_containers(user_id=0, path="")
