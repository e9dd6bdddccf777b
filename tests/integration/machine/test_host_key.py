"""The rotation of a machine's host key, with the real set-up program and a real SSH server."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest
import pytest_asyncio

from bot.sandbox.machines.port import MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines
from provisioning.access.installation_keys import PLANTED, ROTATED, InstallationKeys
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.errors import PermanentError
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.policy import MachineLayout
from provisioning.platforms.catalogue import Platform, get_platform
from provisioning.workflows.first_boot import cloud_config
from tests.uv_wheels import UV_FOLDER

from .jupyter_server import MACHINE

ID = "abcdefghijkl"


@dataclass
class Fresh:
    """A machine that has booted with its planted key, and the bot's keys and SSH adapter."""

    machines: ProcessMachines
    host: SshHost
    platform: Platform
    keys: InstallationKeys
    access: HostAccess
    root: Path

    @property
    def planted(self) -> HostAccess:
        line = self.keys.host_key(ID, PLANTED).public_openssh
        return replace(self.access, host_public_key=line, former_public_key="")

    @property
    def rotated(self) -> HostAccess:
        return replace(self.access, former_public_key="")

    async def rotate(self) -> None:
        private = self.keys.host_key(ID, ROTATED).private_openssh
        await self.host.rotate_host_key(self.access, self.platform, private)

    async def connect(self, access: HostAccess) -> asyncssh.SSHClientConnection:
        key = asyncssh.import_public_key(access.host_public_key)
        return await asyncssh.connect(
            access.address,
            access.port,
            username=access.user,
            known_hosts=([key], [], []),
            client_keys=[asyncssh.import_private_key(self.keys.client_private_key)],
            agent_path=None,
            config=None,
        )

    async def sh(self, access: HostAccess, command: str) -> None:
        async with await self.connect(access) as connection:
            await connection.run(command, check=True)

    async def trusts_only_the_new_key(self) -> None:
        await self.host.wait_until_reachable(self.rotated, 10)
        with pytest.raises(PermanentError) as refused:
            await self.host.wait_until_reachable(self.planted, 10)
        assert refused.value.code == "HostKeyChanged"


@pytest_asyncio.fixture(params=["ubuntu", pytest.param("opensuse", marks=pytest.mark.long)])
async def fresh(request, tmp_path) -> AsyncIterator[Fresh]:
    platform, keys, ports = (
        get_platform(request.param),
        InstallationKeys(tmp_path / "k"),
        machine_ports(),
    )
    machines = ProcessMachines(tmp_path / "machines")
    address = machines.allocate_address(frozenset())
    planted = keys.host_key(ID, PLANTED)
    data = cloud_config(
        platform.admin_user,
        keys.client_public_key,
        planted.private_openssh,
        planted.public_openssh,
        "otter",
    )
    spec = MachineSpec(
        "abc",
        "otter",
        "linux",
        platform.release().image,
        platform.admin_user,
        (keys.client_public_key,),
        data.encode(),
        address,
    )
    new = keys.host_key(ID, ROTATED).public_openssh
    access = HostAccess(address, ports.ssh, platform.admin_user, new, planted.public_openssh)
    host = SshHost(keys.client_private_key, MACHINE, MachineLayout(root="../.."), cache=UV_FOLDER)
    try:
        await machines.create(spec)
        await host.wait_until_reachable(access, 60)
        yield Fresh(machines, host, platform, keys, access, tmp_path / "machines/abc/root")
    finally:
        await machines.close()


async def test_the_key_in_the_custom_data_is_useless_after_the_rotation(fresh):
    await fresh.rotate()

    await fresh.trusts_only_the_new_key()
    private = fresh.keys.host_key(ID, ROTATED).private_openssh
    custom_data = json.loads((fresh.root.parent / "machine.json").read_text())["custom_data"]
    assert private not in custom_data
    file = fresh.root / "etc/ssh/ssh_host_ed25519_key"
    assert file.read_text() == private
    assert file.stat().st_mode & 0o777 == 0o600


async def test_open_connections_survive_the_rotation(fresh):
    async with await fresh.connect(fresh.planted) as connection:
        await fresh.rotate()
        assert (await connection.run("echo here", check=True)).stdout == "here\n"


async def test_a_second_rotation_changes_nothing(fresh):
    await fresh.rotate()
    stamp = (fresh.root / "etc/ssh/ssh_host_ed25519_key").stat().st_mtime_ns
    await fresh.rotate()
    assert (fresh.root / "etc/ssh/ssh_host_ed25519_key").stat().st_mtime_ns == stamp


async def test_the_new_key_survives_a_stop_and_a_start(fresh):
    await fresh.rotate()
    await fresh.machines.stop("abc")
    await fresh.machines.start("abc")
    await fresh.trusts_only_the_new_key()


async def test_a_rotation_killed_after_the_upload_is_completed(fresh):
    await fresh.sh(fresh.planted, "mkdir -p .notebook-bot/upload.half")
    await fresh.rotate()
    await fresh.trusts_only_the_new_key()


async def test_a_rotation_killed_before_the_reload_is_completed(fresh):
    file = fresh.root / "etc/ssh/ssh_host_ed25519_key"
    file.write_text(fresh.keys.host_key(ID, ROTATED).private_openssh)
    await fresh.host.wait_until_reachable(fresh.planted, 10)  # sshd has not read the file yet
    await fresh.rotate()
    await fresh.trusts_only_the_new_key()


async def test_a_rotation_interrupted_by_a_reboot_is_completed(fresh):
    file = fresh.root / "etc/ssh/ssh_host_ed25519_key"
    file.write_text(fresh.keys.host_key(ID, ROTATED).private_openssh)
    await fresh.machines.stop("abc")
    await fresh.machines.start("abc")
    await fresh.host.wait_until_reachable(fresh.access, 10)
    await fresh.rotate()
    await fresh.trusts_only_the_new_key()


async def test_a_rotation_that_lost_its_connection_is_completed(fresh):
    rotating = asyncio.create_task(fresh.rotate())
    file = fresh.root / "etc/ssh/ssh_host_ed25519_key"
    before = file.read_text()
    async with asyncio.timeout(120):
        while file.read_text() == before:
            await asyncio.sleep(0.005)
    rotating.cancel()
    await asyncio.gather(rotating, return_exceptions=True)
    await fresh.host.wait_until_reachable(fresh.access, 10)
    await fresh.rotate()
    await fresh.trusts_only_the_new_key()


async def test_a_wrong_key_is_refused_and_not_repeated_in_the_message(fresh):
    with pytest.raises(PermanentError, match="private must be an OpenSSH private key") as refused:
        await fresh.host.rotate_host_key(fresh.access, fresh.platform, "secret, but no key")
    assert "secret" not in str(refused.value)
    await fresh.host.wait_until_reachable(fresh.planted, 10)
