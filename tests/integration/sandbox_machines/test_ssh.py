"""SSH to a machine: which keys sign in, and what a session can do."""

import asyncio
import signal

import asyncssh
import pytest

from .small_machines import ADMIN, Machine

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_planted_host_key_is_the_one_that_the_machine_shows(machine: Machine):
    async with await machine.connect() as connection:
        shown = connection.get_server_host_key()
        assert shown.get_fingerprint() == machine.host_key.get_fingerprint()


async def test_a_client_that_pinned_another_key_refuses_the_machine(machine: Machine):
    other = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        await machine.connect(known_hosts=([other], [], []))


@pytest.mark.parametrize(
    "options",
    [
        {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
        {"username": "root"},
        {"username": "nobody"},
        {"username": "stranger"},
        {"client_keys": None, "password": "password"},
    ],
    ids=["another key", "root", "a system user", "a stranger", "a password"],
)
async def test_nobody_else_gets_in(machine: Machine, options):
    with pytest.raises(asyncssh.PermissionDenied):
        await machine.connect(**options)


async def test_a_command_starts_in_the_home_of_the_admin(machine: Machine):
    done = await machine.run("pwd; id -un; echo $HOME; echo $SSH_CONNECTION")
    folder, name, home, connection = done.stdout.splitlines()
    assert (folder, name, home) == (str(machine.home), ADMIN, str(machine.home))
    assert connection.split()[2] == machine.spec.address


async def test_output_errors_and_the_exit_status_come_back_apart(machine: Machine):
    async with await machine.connect() as connection:
        for _ in range(50):  # whichever of the two ends first
            done = await connection.run("echo out; echo err >&2; exit 7")
            assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 7)


async def test_a_megabyte_goes_in_and_comes_out_whole(machine: Machine):
    text = "0123456789abcde\n" * 65536
    done = await machine.run("cat", input=text)
    assert done.stdout == text


async def test_output_arrives_while_the_command_goes_on(machine: Machine):
    async with (
        await machine.connect() as connection,
        connection.create_process("echo first; cat") as process,
    ):
        assert await process.stdout.readline() == "first\n"
        process.stdin.write("second\n")
        assert await process.stdout.readline() == "second\n"


async def test_a_shell_reads_its_commands_from_the_channel(machine: Machine):
    async with await machine.connect() as connection:
        done = await connection.run(input="cd /\npwd\nexit 3\n")
    assert (done.stdout, done.exit_status) == ("/\n", 3)


async def test_the_signal_that_ended_a_command_is_told_by_name(machine: Machine):
    done = await machine.run("kill -TERM $$")
    assert done.exit_signal[0] == "TERM"


async def test_a_signal_of_the_client_reaches_the_command_and_its_children(machine: Machine):
    async with (
        await machine.connect() as connection,
        connection.create_process("echo up; sleep 600; true") as process,
    ):
        await process.stdout.readline()
        process.send_signal("TERM")
        done = await process.wait(timeout=10)
    assert done.exit_signal[0] == "TERM"
    assert not [p for p in machine.processes() if "600" in p.cmdline()]


async def test_a_command_outlives_a_connection_that_is_lost_as_with_a_real_sshd(
    machine: Machine,
):
    connection = await machine.connect()
    process = await connection.create_process("echo $$; sleep 601")
    pid = int(await process.stdout.readline())
    connection.abort()
    await connection.wait_closed()
    async with await machine.connect() as again:  # the server has seen the end by now
        assert (await again.run(f"kill -0 {pid}")).exit_status == 0
        await again.run(f"kill -{signal.SIGKILL} -- -{pid}")


async def test_no_terminal_is_to_be_had(machine: Machine):
    async with await machine.connect() as connection:
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process("true", term_type="xterm")


async def test_sftp_takes_the_paths_of_the_home_and_of_the_computer(machine: Machine):
    async with await machine.connect() as connection, connection.start_sftp_client() as sftp:
        await sftp.makedirs("up/load", exist_ok=True)
        async with sftp.open("up/load/file", "wb") as file:
            await file.write(b"\0" * 300_000)
        await sftp.rename("up/load/file", "up/load/final")
        found = await sftp.stat(str(machine.home / "up/load/final"))
        assert await sftp.realpath(".") == str(machine.home)
    assert found.size == 300_000
    assert (machine.home / "up/load/final").exists()


async def test_twenty_sessions_at_once_each_get_their_own_answer(machine: Machine):
    async with await machine.connect() as connection:
        done = await asyncio.gather(*(connection.run(f"echo {n}") for n in range(9)))
    more = await asyncio.gather(*(machine.run(f"echo {n}") for n in range(9, 20)))
    assert [int(each.stdout) for each in (*done, *more)] == list(range(20))
