"""SshHost against a real SSH server and real processes."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime

import asyncssh
import pytest

from provisioning.adapters.ssh.bundle import MachineBundle
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.machine import HostAccess, PlantedPassword
from provisioning.core.model.people import Member
from provisioning.platforms.catalogue import get_platform

UBUNTU = get_platform("ubuntu")
EXPIRES = datetime(2026, 11, 24, tzinfo=UTC)


async def set_up(host, machine, mode="well"):
    events = []
    result = await host.set_up(machine.access, UBUNTU, {"mode": mode}, events.append)
    return result, events


async def test_a_machine_that_boots_later_is_reached_soon_after(host, machine, unused_tcp_port):
    access = machine.access = HostAccess(
        "127.0.0.1", unused_tcp_port, "notebook-admin", machine.access.host_public_key
    )
    waiting = asyncio.create_task(host.wait_until_reachable(access, 20))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)

    await machine.boot()

    await asyncio.wait_for(waiting, 60)
    assert machine.sign_ins == ["notebook-admin"]


async def test_a_machine_that_never_answers_is_not_yet_there(host, unused_tcp_port, machine):
    access = HostAccess("127.0.0.1", unused_tcp_port, "x", machine.access.host_public_key)

    with pytest.raises(NotYet, match="does not answer"):
        await host.wait_until_reachable(access, 0.3)


async def test_an_open_port_without_ssh_behind_it_is_not_yet_there(host, machine):
    async def silence(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        access = HostAccess("127.0.0.1", port, "x", machine.access.host_public_key)
        with pytest.raises(NotYet, match="does not answer"):
            await host.wait_until_reachable(access, 2)


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_another_host_key_is_refused_and_nothing_is_sent(host, machine, algorithm):
    machine.host_key = asyncssh.generate_private_key(algorithm)
    await machine.boot()

    with pytest.raises(PermanentError) as refused:
        await host.wait_until_reachable(machine.access, 10)

    assert refused.value.code == "HostKeyChanged"
    assert machine.sign_ins == []
    assert machine.commands == []


async def test_a_machine_that_does_not_know_the_bots_key_yet_is_not_yet_there(host, machine):
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    machine.authorized = asyncssh.import_authorized_keys(stranger)
    await machine.boot()

    with pytest.raises(NotYet, match="does not let the bot in yet"):
        await host.wait_until_reachable(machine.access, 1)


async def test_keys_of_the_users_own_agent_and_folder_are_never_offered(
    program, machine, tmp_path, monkeypatch
):
    owners = asyncssh.generate_private_key("ssh-ed25519")
    machine.authorized = asyncssh.import_authorized_keys(owners.export_public_key().decode())
    (tmp_path / "user" / ".ssh").mkdir(parents=True)
    owners.write_private_key(tmp_path / "user" / ".ssh" / "id_ed25519")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    await machine.boot()
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()

    with pytest.raises(NotYet, match="let the bot in"):
        await SshHost(other, program).verify(machine.access)


async def test_cloud_init_is_waited_for(host, machine):
    machine.install("cloud-init", "sleep 0.3; echo ended > cloud-init-ended")
    await machine.boot()

    await host.wait_until_reachable(machine.access, 10)

    assert (machine.home / "cloud-init-ended").exists()


async def test_after_the_set_up_a_cloud_init_that_fails_does_not_hold_the_machine_up(host, machine):
    machine.install("cloud-init", "echo 'status: error'; exit 1")
    (machine.home / ".notebook-bot").mkdir()
    (machine.home / ".notebook-bot" / "python").write_text("/usr/bin/python3")
    await machine.boot()

    await host.wait_until_reachable(machine.access, 10)


async def test_an_error_of_cloud_init_is_final(host, machine):
    machine.install("cloud-init", "echo 'status: error'; exit 1")
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await host.wait_until_reachable(machine.access, 10)

    assert failed.value.code == "CloudInitFailed"


async def test_errors_from_which_cloud_init_recovered_do_no_harm(host, machine):
    machine.install("cloud-init", "echo 'status: done'; exit 2")
    await machine.boot()

    await host.wait_until_reachable(machine.access, 10)


async def test_set_up_reports_each_step_and_ends_with_the_fingerprint(host, machine):
    await machine.boot()

    result, events = await set_up(host, machine)

    assert [(e.step, e.state, e.seconds) for e in events] == [
        ("packages", "start", 0.0),
        ("packages", "done", 0.5),
    ]
    assert (result.certificate_sha256, result.seconds) == ("AA:BB", 1.5)
    assert result.changed == ("packages",)
    assert json.loads((machine.home / "got-apply.json").read_text()) == {"mode": "well"}


async def test_the_program_arrives_whole_and_without_caches(host, machine):
    await machine.boot()
    await set_up(host, machine)

    (copied,) = (machine.home / ".notebook-bot").glob("machine-*")
    assert sorted(str(p.relative_to(copied)) for p in copied.rglob("*")) == [
        "assets",
        "assets/welcome.ipynb",
        "setup.py",
        "uv.lock.txt",
    ]
    assert copied.stat().st_mode & 0o077 == 0


async def test_the_program_is_uploaded_once(host, machine):
    await machine.boot()
    await set_up(host, machine)
    await set_up(host, machine)
    await host.verify(machine.access)

    assert len([command for command in machine.commands if "tar -xzf" in command]) == 1


async def test_a_changed_program_is_uploaded_beside_the_old_one(host, keys, program, machine):
    await machine.boot()
    await set_up(host, machine)
    (program / "assets" / "welcome.ipynb").write_text('{"new": true}')

    await SshHost(keys.client_private_key, program).verify(machine.access)

    assert len(list((machine.home / ".notebook-bot").glob("machine-*"))) == 2


async def test_two_simultaneous_uploads_leave_one_whole_program(host, machine):
    await machine.boot()

    await asyncio.gather(set_up(host, machine), set_up(host, machine), set_up(host, machine))

    names = [path.name for path in (machine.home / ".notebook-bot").iterdir()]
    assert sorted(name.partition("-")[0] for name in names) == ["machine", "python", "uv"]


async def test_the_programs_own_reason_is_what_the_owner_reads(host, machine):
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await set_up(host, machine, "fail")

    assert failed.value.reason == "The moon is full."


async def test_a_program_that_breaks_is_reported_with_its_last_line(host, machine):
    await machine.boot()

    with pytest.raises(PermanentError, match="Traceback: it broke"):
        await set_up(host, machine, "crash")


async def test_a_lost_connection_is_retried(host, machine):
    await machine.boot()
    reached = asyncio.Event()
    running = asyncio.create_task(
        host.set_up(machine.access, UBUNTU, {"mode": "hang"}, lambda _: reached.set())
    )
    await asyncio.wait_for(reached.wait(), 60)

    machine.cut()

    with pytest.raises(NotYet):
        await asyncio.wait_for(running, 60)


async def test_a_cancelled_set_up_closes_its_connection(host, machine):
    await machine.boot()
    reached = asyncio.Event()
    running = asyncio.create_task(
        host.set_up(machine.access, UBUNTU, {"mode": "hang"}, lambda _: reached.set())
    )
    await asyncio.wait_for(reached.wait(), 60)

    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    async with asyncio.timeout(60):
        while machine.connections:
            await asyncio.sleep(0.01)


async def test_a_full_disk_is_explained_if_the_program_can_not_be_copied(host, machine):
    machine.install("tar", "echo 'No space left on device' >&2; exit 1")
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await set_up(host, machine)

    assert failed.value.code == "DiskFull"
    assert "disk is full" in failed.value.reason
    assert list((machine.home / ".notebook-bot").iterdir()) == []


async def test_a_full_disk_is_explained_if_the_installer_can_not_be_copied(host, machine):
    machine.install("cat", "echo 'cat: write error: No space left on device' >&2; exit 1")
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await set_up(host, machine)

    assert failed.value.code == "DiskFull"
    assert list((machine.home / ".notebook-bot").glob("up*")) == []


async def test_the_installer_is_uploaded_once_and_whole(host, machine, uv_folder):
    await machine.boot()
    await set_up(host, machine)
    (wheel,) = (machine.home / ".notebook-bot").glob("uv-*.whl")
    (kept,) = uv_folder.iterdir()
    assert wheel.read_bytes() == kept.read_bytes()
    uploaded = wheel.stat().st_ino

    await set_up(host, machine)

    assert wheel.stat().st_ino == uploaded
    assert list((machine.home / ".notebook-bot").glob("up*")) == []


async def test_the_reserve_makes_room_for_a_newer_program(host, machine):
    reserve = machine.home / ".notebook-bot/reserve"
    reserve.parent.mkdir()
    reserve.write_bytes(b"0000")
    machine.install("tar", f'test ! -e {reserve} && exec /bin/tar "$@"')
    await machine.boot()

    await set_up(host, machine)

    assert not reserve.exists()


async def test_a_program_that_finds_the_disk_full_is_told_in_the_bots_own_words(host, machine):
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await set_up(host, machine, "full")

    assert failed.value.code == "DiskFull"
    assert "Delete files in JupyterLab's file browser" in failed.value.reason


async def test_a_machine_without_python_is_explained(host, machine):
    for name in ("command", "python3", "python3.11", "python3.12", "python3.13"):
        machine.install(name, "exit 1")
    machine.install("apt-get", "echo 'E: Unable to fetch' >&2; exit 100")
    await machine.boot()

    with pytest.raises(PermanentError) as failed:
        await set_up(host, machine)

    assert failed.value.code == "BootstrapFailed"


async def test_a_failing_first_cell_is_explained_with_the_machines_reason(host, machine):
    await machine.boot()
    await set_up(host, machine)
    await host.verify(machine.access)
    (machine.home / "answer").write_text("3")

    with pytest.raises(PermanentError, match="The kernel said 3"):
        await host.verify(machine.access)


async def test_a_slow_notebook_server_is_asked_again(host, machine):
    await machine.boot()
    await set_up(host, machine)
    (machine.home / "answer").write_text("none")

    with pytest.raises(NotYet, match="not ready yet"):
        await host.verify(machine.access)


async def test_the_passwords_hash_is_on_no_command_line(host, machine):
    await machine.boot()
    await set_up(host, machine)

    password = PlantedPassword("$argon2id$hash", "the-digest", "the-key")
    await host.plant_password(machine.access, Member("U_ANA", "Ana"), password, EXPIRES)

    commands = " ".join(machine.commands)
    assert not [each for each in ("argon2id", "the-digest", "the-key") if each in commands]
    assert json.loads((machine.home / "got-password.json").read_text()) == {
        "root": "/",
        "os": "linux",
        "user": {"id": "U_ANA", "name": "Ana"},
        "hash": "$argon2id$hash",
        "sha256": "the-digest",
        "key": "the-key",
        "expires_at": "2026-11-24T00:00:00+00:00",
    }


def test_the_same_program_always_packs_into_the_same_bytes(program):
    before = MachineBundle(program).archive
    for path in program.rglob("*"):
        path.touch()

    assert MachineBundle(program).archive == before
