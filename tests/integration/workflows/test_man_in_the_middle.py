"""A real SSH server between the bot and a machine gets no secret, and the bot raises an alarm."""

from dataclasses import dataclass, field

import asyncssh
import pytest

from bot.wiring.edges import MACHINE_FOLDER
from provisioning.access.installation_keys import PLANTED, ROTATED
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.model.cloud import Endpoint
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Job, Status
from tests.uv_wheels import UV_FOLDER

from .house import House


@dataclass
class Middle:
    """An SSH server that admits every client and records its requests and input."""

    acceptor: asyncssh.SSHAcceptor | None = None
    connections: int = 0
    sign_ins: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def listen(self, private_key: str) -> int:
        middle = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, conn):
                middle.connections += 1

            def begin_auth(self, username):
                middle.sign_ins.append(username)
                return False

        async def session(process):
            middle.heard.append(process.command or "")
            middle.heard.append(await process.stdin.read())
            process.exit(0)

        self.acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[asyncssh.import_private_key(private_key)],
            process_factory=session,
        )
        return int(self.acceptor.get_port())


@pytest.fixture
async def middle():
    middle = Middle()
    yield middle
    middle.acceptor.close()
    await middle.acceptor.wait_closed()


async def behind(house: House, port: int) -> None:
    """Route the connections to all machines through that port from now on."""
    key = house.keys.client_private_key
    real = SshHost(key, MACHINE_FOLDER, MachineLayout(connect_timeout=5), cache=UV_FOLDER)
    await house.rebuild({"host": real}, machine=MachineLayout(ssh_port=port))

    async def endpoint(server):
        return Endpoint("127.0.0.1", "10.0.0.4", "127.0.0.1")

    house.cloud.network.endpoint = endpoint


async def until_alarmed(house: House) -> None:
    async def alarmed() -> bool:
        return "s1" in house.cards.alarms

    await house.until(alarmed)


@pytest.mark.parametrize("stolen", ["from customData", "of their own"])
async def test_after_the_rotation_a_man_in_the_middle_gets_no_password_hash(house, middle, stolen):
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown("s1", "ready")
    own = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    planted = house.keys.host_key("s1", PLANTED).private_openssh
    await behind(house, await middle.listen(planted if stolen == "from customData" else own))

    await house.engine.begin(Job.PASSWORD, await house.store.get("s1"), "click")
    await until_alarmed(house)

    assert middle.connections > 0
    assert middle.sign_ins == []
    assert middle.heard == []
    assert len(house.cards.passwords) == 1
    assert (await house.store.get("s1")).status is Status.RUNNING


async def test_a_creation_that_meets_another_key_fails_with_a_reason(house, middle):
    own = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    await behind(house, await middle.listen(own))

    await house.engine.begin(Job.CREATE, await house.add())
    await until_alarmed(house)

    row = await house.until_cleaned("s1", "")
    assert (row.status, row.failure.code) == (Status.FAILED, "HostKeyChanged")
    assert house.cloud.resources == {}
    assert middle.heard == []


async def test_the_new_key_alone_is_trusted_with_anything(house):
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")

    new = house.keys.host_key("s1", ROTATED).public_openssh
    planted = house.keys.host_key("s1", PLANTED).public_openssh
    assert [each.former_public_key for each in house.host.rotations] == [planted]
    assert {(each.host_public_key, each.former_public_key) for each in house.host.trusted} == {
        (new, "")
    }


async def test_both_keys_are_accepted_until_the_new_one_was_seen(house):
    house.host.failures["rotate_host_key"] = [ConnectionError("killed in the middle")]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")

    assert len(house.host.rotations) == 2
    assert all(each.former_public_key for each in house.host.rotations)
    assert (await house.store.get("s1")).host_key_generation == ROTATED
