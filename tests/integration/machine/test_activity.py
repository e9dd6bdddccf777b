"""The result of the activity probe on a real machine, for each way in which members use one."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator

import asyncssh
import pytest
import pytest_asyncio

from provisioning.core.model.activity import Activity, WorkKind

from .jupyter_server import OWN, Browser
from .person import Person
from .whole_machine import UBUNTU, WholeMachine, whole_machine

GIB = 1024**3
pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[WholeMachine]:
    async with whole_machine(tmp_path_factory.mktemp("w")) as made:
        await made.plant()
        async with Browser(made, {}) as browser:
            await browser.enter()
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def person(machine) -> AsyncIterator[Person]:
    async with Browser(machine, {}) as browser:
        assert (await browser.sign_in(OWN)).status == 302
        yield Person(browser)


async def probe(machine: WholeMachine) -> Activity:
    result = await machine.host.activity(machine.access)
    assert result.unknown == ""
    return result


async def until(machine: WholeMachine, what, seconds: float = 120) -> Activity:
    async with asyncio.timeout(seconds):
        while not what(seen := await probe(machine)):
            await asyncio.sleep(0.1)
        return seen


def kinds(seen: Activity) -> list[str]:
    return [work.kind for work in seen.work]


def is_idle(seen: Activity) -> bool:
    return seen.busy is False


async def test_the_probe_lists_members_with_an_unused_one_time_password(machine):
    assert (await probe(machine)).passwords == ()
    await machine.plant()
    assert (await probe(machine)).passwords == ("U_ANA",)
    async with Browser(machine, {}) as browser:
        await browser.enter()
    assert (await probe(machine)).passwords == ()


async def test_the_probe_says_how_full_the_disk_is_and_what_takes_most(machine):
    plenty = (await probe(machine)).disk
    assert (plenty.size, plenty.largest) == (30 * GIB, ())
    big = machine.root / "home/notebook/work/data/big.bin"
    big.parent.mkdir()
    try:
        with big.open("wb") as file:
            file.truncate(27 * GIB)
        scarce = (await probe(machine)).disk
    finally:
        shutil.rmtree(big.parent)
    assert scarce.percent >= 90
    assert scarce.largest[0] == ("data", 27 * GIB)


async def test_a_file_system_that_fills_its_disk_may_be_asked_to_grow(machine):
    assert (await machine.host.grow_disk(machine.access)).size == 30 * GIB


async def test_an_unused_machine_is_idle_without_people(machine):
    first = await until(machine, is_idle)
    second = await until(machine, lambda seen: seen.last_used > first.last_used)
    assert (second.busy, second.people) == (False, 0)


async def test_a_silent_long_cell_is_busy_with_its_run_time_after_the_browser_closed(
    machine, person
):
    kernel = await person.kernel()
    began = time.monotonic()
    async with person.channels(kernel) as socket:
        await person.run(socket, "import time; time.sleep(600)", until="busy")
        assert (await probe(machine)).people == 1
    seen = await until(machine, lambda seen: seen.people == 0)
    (cell,) = seen.work
    assert cell.kind is WorkKind.CELL
    assert 0 < cell.seconds <= time.monotonic() - began
    # Only the run time advances.
    later = await until(machine, lambda now: now.work[0].seconds > cell.seconds + 1)
    assert later.last_used > seen.last_used
    assert later.work[0].key == cell.key
    await person.end_kernel(kernel)
    await until(machine, is_idle)


async def test_a_printing_cell_is_busy_and_has_the_time_of_its_last_output(machine, person):
    kernel = await person.kernel()
    code = "import time\nfor n in range(600):\n    print(n, flush=True)\n    time.sleep(0.2)"
    async with person.channels(kernel) as socket:
        await person.run(socket, code, until="busy")
    seen = await until(machine, lambda seen: seen.work and seen.work[0].seconds > 2)
    assert kinds(seen) == [WorkKind.CELL]
    assert seen.last_used < 1
    await person.end_kernel(kernel)
    await until(machine, is_idle)


async def test_a_thread_that_outlives_its_cell_is_busy(machine, person):
    kernel = await person.kernel()
    code = "import threading\ndef spin():\n    while True: sum(range(10**5))\n"
    async with person.channels(kernel) as socket:
        await person.run(socket, code + "threading.Thread(target=spin, daemon=True).start()")
    model = await person.get(f"/api/kernels/{kernel}?no_track_activity=1")
    assert model["execution_state"] == "idle"
    seen = await probe(machine)
    (work,) = seen.work
    assert work.kind is WorkKind.KERNEL
    assert work.cpu > 0.1
    await person.end_kernel(kernel)
    await until(machine, is_idle)


async def test_a_child_process_that_outlives_its_cell_is_busy(machine, person):
    kernel = await person.kernel()
    async with person.channels(kernel) as socket:
        await person.run(socket, "import subprocess; p = subprocess.Popen(['sleep', '600'])")
    (work,) = (await probe(machine)).work
    assert (work.kind, work.what) == (WorkKind.KERNEL, "sleep")
    async with person.channels(kernel) as socket:
        await person.run(socket, "p.kill(); p.wait()")
    await until(machine, is_idle)
    await person.end_kernel(kernel)


async def test_an_idle_kernel_is_not_busy(machine, person):
    kernel = await person.kernel()
    async with person.channels(kernel) as socket:
        await person.run(socket, "1 + 1")
    seen = await probe(machine)
    assert (seen.busy, seen.people) == (False, 0)
    assert "a kernel without a notebook" in seen.last_used_by
    await person.end_kernel(kernel)


async def test_a_background_job_is_busy_after_its_terminal_is_closed(machine, person):
    async with person.terminal() as (_, socket):
        await person.type(socket, "nohup sleep 601 >/dev/null 2>&1 & echo started")
        await until(machine, lambda seen: seen.work)
    seen = await until(machine, lambda seen: kinds(seen) == [WorkKind.PROCESS])
    assert seen.work[0].what == "sleep"
    async with person.terminal() as (_, socket):
        await person.type(socket, "pkill -f '^sleep 601$'")
        await until(machine, is_idle)


@pytest.mark.parametrize("job", ["sleep 602", "while sleep 0.2; do date; done"])
async def test_a_terminal_is_busy_while_a_job_runs_in_it(machine, person, job):
    async with person.terminal() as (_, socket):
        assert kinds(await probe(machine)) == []  # a shell that waits for input is no work
        await person.type(socket, job)
        seen = await until(machine, lambda seen: seen.work)
        assert set(kinds(seen)) == {WorkKind.TERMINAL}
        await socket.close()
        await until(machine, lambda seen: "sleep" in {work.what for work in seen.work})
    await until(machine, is_idle)


async def test_an_open_tab_that_only_polls_is_not_busy(machine, person):
    kernel = await person.kernel()
    async with person.channels(kernel) as socket:
        await person.run(socket, "1 + 1")
        first = await probe(machine)
        for path in ("/api/kernels", "/api/sessions", "/api/terminals", "/api/status"):
            await person.get(path)
        later = await until(machine, lambda seen: seen.last_used > first.last_used + 2)
        assert (later.busy, later.people) == (False, 1)
    await person.end_kernel(kernel)


async def test_an_ssh_session_is_busy_until_it_ends(machine):
    key = asyncssh.generate_private_key("ssh-ed25519")
    line = " ".join(key.export_public_key().decode().split()[:2])
    await machine.host.admit(machine.access, UBUNTU, ["U_ANA"], [line])
    async with (
        asyncssh.connect(
            machine.access.address,
            machine.access.port,
            username="notebook",
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
        ) as connection,
        connection.create_process() as shell,
    ):
        shell.stdin.write("echo here\n")
        assert await shell.stdout.readline() == "here\n"
        (work,) = (await probe(machine)).work
        assert (work.kind, work.what) == (WorkKind.SSH, "SSH as notebook")
    await until(machine, is_idle)


async def test_a_probe_leaves_no_trace_of_activity_and_takes_less_than_a_second(machine, person):
    kernel = await person.kernel()
    async with person.channels(kernel) as socket:
        await person.run(socket, "1 + 1")
    path = f"/api/kernels/{kernel}?no_track_activity=1"
    before = await person.get(path)
    took = [(await probe(machine)).took for _ in range(3)]
    assert await person.get(path) == before
    assert min(took) < 1, took
    await person.end_kernel(kernel)


async def test_a_server_that_does_not_answer_is_unknown_instead_of_idle(machine):
    pid = machine.server_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        seen = await machine.host.activity(machine.access)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert seen.busy is None
    assert "kernels" in seen.unknown
