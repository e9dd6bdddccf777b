"""SSH for the members of a server, with a real client, on a machine of the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
import pytest
import pytest_asyncio

from .whole_machine import UBUNTU, WholeMachine, whole_machine

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA, BOB = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))


def line(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[WholeMachine]:
    async with whole_machine(tmp_path_factory.mktemp("w")) as made:
        yield made


@asynccontextmanager
async def signed_in(machine, key, user=UBUNTU.notebook_user):
    """Connect with the host key that the bot pins, as the entry in ~/.ssh/config does."""
    async with asyncssh.connect(
        machine.access.address,
        machine.access.port,
        username=user,
        client_keys=[key],
        known_hosts=([asyncssh.import_public_key(machine.access.host_public_key)], [], []),
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


async def admit(machine, *keys):
    people = ["U_ANA", "U_BOB"]
    await machine.host.admit(machine.access, UBUNTU, people, [line(key) for key in keys])


async def test_only_listed_keys_sign_in_and_only_as_the_notebook_user(machine):
    await admit(machine, ANA)
    async with signed_in(machine, ANA) as connection:
        assert (await connection.run("id -un")).stdout.strip() == "notebook"
        assert (await connection.run("sudo -n id")).exit_status != 0
    for key, user in ((BOB, "notebook"), (ANA, UBUNTU.admin_user), (ANA, "root")):
        with pytest.raises(asyncssh.PermissionDenied):
            async with signed_in(machine, key, user):
                pass


async def test_removing_a_key_ends_only_its_own_sessions_within_seconds(machine):
    await admit(machine, ANA, BOB)
    async with signed_in(machine, ANA) as hers, signed_in(machine, BOB) as his:
        running = await his.create_process("sleep 600")
        kept = await hers.create_process("cat")
        await admit(machine, ANA)
        async with asyncio.timeout(10):
            await his.wait_closed()
        assert running.exit_status != 0
        kept.stdin.write("still here\n")
        assert await kept.stdout.readline() == "still here\n"
        kept.stdin.write_eof()
        with pytest.raises(asyncssh.PermissionDenied):
            async with signed_in(machine, BOB):
                pass
    assert "sleep 600" not in await machine.root_runs("ps -u notebook -o pid=,args= || true")


async def test_a_key_in_the_users_home_gives_no_access(machine):
    await admit(machine, ANA)
    async with signed_in(machine, ANA) as connection:
        done = await connection.run(
            f"mkdir -p -m 700 .ssh && echo '{line(BOB)}' > .ssh/authorized_keys && cat .ssh/*"
        )
        assert line(BOB) in done.stdout
    with pytest.raises(asyncssh.PermissionDenied):
        async with signed_in(machine, BOB):
            pass


async def test_a_held_machine_admits_no_ssh_key_until_members_are_admitted(machine):
    await admit(machine, ANA)
    await machine.host.hold(machine.access, UBUNTU)
    with pytest.raises(asyncssh.PermissionDenied):
        async with signed_in(machine, ANA):
            pass
    await admit(machine, ANA)
    async with signed_in(machine, ANA) as connection:
        assert (await connection.run("true")).exit_status == 0


@pytest.mark.long
async def test_a_second_set_up_leaves_the_keys_alone(machine):
    await admit(machine, ANA)
    assert (await machine.apply()).changed == ()
    async with signed_in(machine, ANA) as connection:
        assert (await connection.run("true")).exit_status == 0
