"""The life of machines: on, off, deleted, cut off, without an owner."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.kinds import build_machines
from bot.sandbox.machines.ports import can_bind, machine_ports
from bot.sandbox.machines.process.addresses import free_address
from bot.sandbox.machines.process.machines import ProcessMachines

from .small_machines import Machine, Place, until

# Leaves the session, its parent and, in the last case, the machine's mark behind.
ESCAPES = (
    "setsid sleep 611 >/dev/null 2>&1 </dev/null & "
    "(setsid sh -c 'sleep 612 & sleep 613' >/dev/null 2>&1 </dev/null &) ; "
    "(setsid env -i /bin/sleep 614 >/dev/null 2>&1 </dev/null &) ; echo done"
)
OWNER = """
import asyncio, sys
from pathlib import Path
from bot.sandbox.machines.process.machines import ProcessMachines

async def main():
    machines = ProcessMachines(Path(sys.argv[1]), orphan_seconds=float(sys.argv[2]))
    await machines.start("one")
    print("owned", flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


def sleepers(*seconds: int) -> list[psutil.Process]:
    """The `sleep N` processes of this computer."""
    wanted = {str(each) for each in seconds}
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if words[-2:-1] and words[-2].endswith("sleep") and words[-1] in wanted:
                found.append(process)
        except psutil.Error:
            continue
    return found


async def test_the_disk_is_kept_while_a_machine_is_off_and_gone_when_it_is_deleted(place: Place):
    machine = await place.create()
    await machine.run("echo precious > notes")
    await place.machines.stop("one")
    assert not await place.machines.is_running("one")
    await place.machines.start("one")
    assert (await machine.run("cat notes")).stdout == "precious\n"
    await place.machines.delete("one")
    assert not machine.folder.exists()


async def test_every_call_may_be_made_twice(place: Place):
    machine = await place.create()
    await place.machines.create(machine.spec)
    init = machine.init.pid
    await place.machines.start("one")
    assert machine.init.pid == init
    for call in (place.machines.stop, place.machines.delete):
        await call("one")
        await call("one")
    assert not await place.machines.is_running("one")


async def test_no_process_is_left_of_a_machine_that_was_stopped(place: Place):
    machine = await place.create()
    await machine.run(ESCAPES)
    await until(lambda: len(sleepers(611, 612, 613, 614)) == 4)
    await place.machines.stop("one")
    assert machine.processes() == []
    assert sleepers(611, 612, 613, 614) == []


@pytest.mark.long
async def test_a_process_that_ignores_the_end_is_ended_all_the_same(place: Place):
    machine = await place.create()
    await machine.run("(trap '' TERM HUP; setsid sleep 615 >/dev/null 2>&1 </dev/null &); echo")
    await place.machines.stop("one")
    assert sleepers(615) == []


async def test_a_machine_whose_init_was_killed_is_off_and_boots_again_with_no_leftovers(
    place: Place,
):
    machine = await place.create()
    await machine.run("setsid sh -c 'sleep 616 & sleep 617' >/dev/null 2>&1 </dev/null & echo")
    os.kill(machine.init.pid, signal.SIGKILL)
    await until(lambda: _off(place))
    await place.machines.start("one")
    assert (await machine.run("echo up")).stdout == "up\n"
    assert sleepers(616, 617) == []


@pytest.mark.parametrize("verb", ["stop", "delete"])
async def test_leftovers_of_a_killed_init_end_with_the_machine(place: Place, verb):
    machine = await place.create()
    await machine.run("setsid sh -c 'sleep 618 & sleep 619' >/dev/null 2>&1 </dev/null & echo")
    os.kill(machine.init.pid, signal.SIGKILL)
    await until(lambda: _off(place))
    await getattr(place.machines, verb)("one")
    assert sleepers(618, 619) == []


async def test_a_machine_without_an_owner_shuts_itself_down(place: Place):
    machine = await place.create()
    await place.machines.stop("one")
    owner = await _owner(place.folder, seconds=1)
    await machine.run("setsid sleep 620 >/dev/null 2>&1 </dev/null & echo")
    owner.kill()
    await owner.wait()
    await until(lambda: not machine.processes())
    assert sleepers(620) == []


@pytest.mark.long
async def test_a_new_owner_adopts_a_machine_that_runs(place: Place):
    machine = await place.create()
    await place.machines.stop("one")
    owner = await _owner(place.folder, seconds=2)
    init = machine.init
    owner.kill()
    await owner.wait()
    await place.machines.start("one")
    with pytest.raises(psutil.TimeoutExpired):
        await asyncio.to_thread(init.wait, 4)  # twice the time that it lives without an owner
    assert (await machine.run("echo up")).stdout == "up\n"


async def test_ten_machines_boot_at_the_same_time_each_with_its_own_address(place: Place):
    # Addresses are given out one after another, as local Azure does, before the boots.
    names = [f"m{number}" for number in range(10)]
    made: list[Machine] = []
    for name in names:
        made.append(await place.create(name))
    await asyncio.gather(*(place.machines.stop(name) for name in names))
    await asyncio.gather(*(place.machines.start(name) for name in names))
    hosts = await asyncio.gather(*(machine.run("hostname; hostname -I") for machine in made))
    told = [tuple(each.stdout.split()) for each in hosts]
    assert told == [(m.spec.hostname, m.spec.address) for m in made]
    assert len({machine.spec.address for machine in made}) == 10


async def test_a_reboot_ends_all_processes_and_starts_again(place: Place):
    machine = await place.create()
    await machine.run("setsid sleep 621 >/dev/null 2>&1 </dev/null & echo")
    init = machine.init.pid
    await machine.root_run("reboot")
    await until(lambda: not sleepers(621))
    assert (await machine.run("echo up")).stdout == "up\n"
    assert machine.init.pid == init


async def test_a_service_is_on_after_a_boot_if_it_is_enabled(place: Place):
    machine = await place.create()
    for name in ("wanted", "unwanted"):
        machine.write(
            f"/etc/systemd/system/{name}.service",
            "[Service]\nExecStart=/bin/sleep 705\nUser=azureuser\n"
            "[Install]\nWantedBy=multi-user.target\n",
        )
    await machine.root_run("systemctl enable wanted; systemctl start unwanted")
    assert (await machine.run("systemctl is-enabled wanted")).stdout == "enabled\n"
    await place.machines.stop("one")
    await place.machines.start("one")
    states = (await machine.run("systemctl is-active wanted unwanted")).stdout
    assert states == "active\ninactive\n"
    await machine.root_run("systemctl disable --now wanted")
    assert (await machine.run("systemctl is-enabled wanted")).exit_status == 1
    assert (await machine.run("systemctl is-active wanted")).stdout == "inactive\n"


async def test_a_run_command_is_roots_and_tells_how_it_ended(place: Place):
    await place.create()
    done = await place.machines.run_command("one", "id -un; echo oops >&2; exit 4")
    assert (done.exit_code, done.stdout, done.stderr) == (4, "root\n", "oops\n")


async def test_a_run_command_that_takes_too_long_is_ended(place: Place):
    await place.create()
    with pytest.raises(TimeoutError):
        await place.machines.run_command("one", "sleep 622; true", timeout=0.5)
    await until(lambda: not sleepers(622))


async def test_the_socket_of_a_machine_may_lie_deep_in_the_file_system(tmp_path):
    folder = tmp_path / ("deep" * 20) / ("er" * 30) / "machines"
    machines = ProcessMachines(folder)
    try:
        machine = await Place(folder, machines).create()
        assert (await machine.root_run("systemctl is-active nothing")).stdout == "inactive\n"
    finally:
        await machines.close()


def test_two_sandboxes_begin_at_different_addresses(tmp_path):
    port = machine_ports().ssh
    first = free_address(tmp_path / "a", frozenset(), port)
    assert first != free_address(tmp_path / "b", frozenset(), port)
    assert first != free_address(tmp_path / "a", frozenset({first}), port)


async def test_an_address_that_another_sandbox_uses_is_passed_over(tmp_path):
    port = machine_ports().ssh
    address = free_address(tmp_path, frozenset(), port)
    other = await asyncio.start_server(lambda *_: None, address, port)
    async with other:
        assert free_address(tmp_path, frozenset(), port) != address


def test_the_ports_of_machines_can_be_listened_on():
    ports = machine_ports()
    assert can_bind("127.63.0.1", ports.ssh)
    assert can_bind("127.63.0.1", ports.https)


def test_a_kind_that_there_is_not_is_refused_with_the_kinds_that_there_are(tmp_path):
    with pytest.raises(MachinesError, match="choose: process, container"):
        build_machines("mainframe", tmp_path)


async def _off(place: Place) -> bool:
    return not await place.machines.is_running("one")


async def _owner(folder: Path, seconds: float) -> asyncio.subprocess.Process:
    """Another process that owns the machine `one`."""
    spec = folder / "one/machine.json"
    spec.write_text(
        spec.read_text().replace('"orphan_seconds": 30.0', f'"orphan_seconds": {seconds}')
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(folder), str(seconds), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout
    assert await owner.stdout.readline() == b"owned\n"
    return owner
