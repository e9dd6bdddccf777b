"""A machine that is taken over can't fill the bot's memory, hold its work, or forge its log."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from provisioning.adapters.ssh import reading
from provisioning.adapters.ssh.program import run_program
from provisioning.adapters.ssh.shell import PosixShell, run, succeeds
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.machine import HostAccess

BLOCK = "x" * 65536


class Hostile:
    """An SSH server that answers each command as the test says."""

    def __init__(self, answer):
        self.answer, self.sent = answer, 0

    async def handle(self, process):
        try:
            await self.answer(self, process)
        except (asyncssh.Error, ConnectionError):
            return

    async def flood(self, process, text, most=1 << 40):
        while self.sent < most:
            process.stdout.write(text)
            await process.stdout.drain()
            self.sent += len(text)


@asynccontextmanager
async def connected(answer):
    """A client that is connected to a hostile machine, and that machine."""
    machine = Hostile(answer)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        server_factory=Open,
        process_factory=machine.handle,
    )
    client = await asyncssh.connect(
        "127.0.0.1",
        server.get_port(),
        known_hosts=None,
        username="x",
        config=None,
        agent_path=None,
        client_keys=None,
    )
    try:
        yield client, machine
    finally:
        client.abort()
        server.close()


class Open(asyncssh.SSHServer):
    def begin_auth(self, username):
        return False


async def endless(machine, process):
    await machine.flood(process, BLOCK)


async def endless_lines(machine, process):
    await machine.flood(
        process, json.dumps({"event": "step", "step": "s", "state": "start"}) + "\n"
    )


async def silence(_machine, _process):
    await asyncio.Event().wait()


def saying(*events, status=0):
    async def say(_machine, process):
        await process.stdin.read()
        for event in events:
            process.stdout.write((event if isinstance(event, str) else json.dumps(event)) + "\n")
        process.exit(status)

    return say


NO_UV = UvWheels(Path("no-lock"), Path("no-folder"))


class Direct(PosixShell):
    """A shell that needs no Python file."""

    async def program(self, connection, directory, subcommand):
        return subcommand


async def test_of_a_commands_output_only_the_end_is_kept():
    async def much(machine, process):
        await machine.flood(process, BLOCK, 4 * reading.KEPT)
        process.stdout.write("the end")
        process.exit(3)

    async with connected(much) as (client, machine):
        status, output, _ = await run(client, "x")
    assert (status, len(output)) == (3, reading.KEPT)
    assert output.endswith("the end")
    assert machine.sent == 4 * reading.KEPT


async def test_endless_output_of_a_command_ends_it():
    async with connected(endless) as (client, _machine):
        process = await client.create_process("x", encoding=None)
        with pytest.raises(PermanentError, match="more than it may"):
            await reading.end_of(process.stdout, most=1 << 20)


async def test_the_output_of_a_question_is_thrown_away():
    async def loud(machine, process):
        await machine.flood(process, BLOCK, 1 << 20)
        process.exit(0)

    async with connected(loud) as (client, _machine):
        assert await succeeds(client, "test -d x")


async def test_a_command_that_never_ends_is_given_up():
    async with connected(silence) as (client, _machine):
        with pytest.raises(NotYet, match="did not answer in time"):
            await run(client, "x", seconds=0.2)


@pytest.mark.long
@pytest.mark.parametrize(("answer", "most"), [(endless, 1 << 40), (endless_lines, 1 << 20)])
async def test_endless_lines_and_a_line_without_end_are_given_up(answer, most):
    async with connected(answer) as (client, _machine):
        process = await client.create_process("x", errors="replace")
        with pytest.raises(PermanentError, match="more than it may"):
            async for _line in reading.lines_of(process.stdout, most=most, longest=1 << 20):
                pass


async def ended(*events, status=0):
    async with connected(saying(*events, status=status)) as (client, _machine):
        return await run_program(client, Direct(NO_UV), "d", "verify", {})


async def test_numbers_and_nested_lists_of_a_machine_do_no_harm():
    nested = "[" * 200_000
    done = await ended(
        nested,
        {"event": "step", "step": "a", "seconds": "9" * 400},
        '{"event": "x", "seconds": 1e999}',
    )
    assert done["event"] == "x"


async def test_a_machines_reason_is_one_short_line():
    reason = "full\n2099-01-01 [info] forged \x1b[2J" + "z" * 9000
    with pytest.raises(PermanentError) as failed:
        await ended({"event": "failed", "step": "s", "reason": reason}, status=1)
    assert failed.value.reason.startswith("full 2099-01-01 [info] forged  [2J")
    assert len(failed.value.reason) == 1000


async def test_an_answer_of_another_shape_is_a_reason_and_no_traceback():
    with pytest.raises(PermanentError, match="could not be read"), reading.understanding():
        tuple(map(str, {"notebooks": 3}["notebooks"]))


async def test_a_machine_that_closes_no_channel_does_not_hold_the_bot(host, machine):
    """The connection is aborted: its end would wait for the machine."""

    async def stuck():
        async with connected(silence) as (client, _machine):
            await client.create_process("x")
            raise NotYet("x")

    with pytest.raises(NotYet):
        await asyncio.wait_for(stuck(), 30)
    nowhere = HostAccess("127.0.0.1", 1, "x", machine.access.host_public_key)
    with pytest.raises(NotYet):
        await host.notebooks(nowhere)
