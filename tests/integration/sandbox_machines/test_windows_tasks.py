"""The Task Scheduler of a Windows machine: runs, restarts, limits and refusals."""

import asyncio
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox.machines.process.processes import Processes
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows import scheduler as tasks
from bot.sandbox.machines.process.windows.access import AccessLists
from bot.sandbox.machines.process.windows.accounts import WindowsAccounts
from bot.sandbox.machines.process.windows.state import PERFORMANCE_LOG_USERS, State

from .small_machines import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = "azureuser"
SETTINGS = {"RestartCount": 2, "RestartMinutes": 1.0, "LimitMinutes": 0.0, "Priority": 5}


@pytest_asyncio.fixture(loop_scope="module")
async def scheduler(tmp_path):
    """The Task Scheduler without a machine; its minutes are a tenth of a second long."""
    tree = Tree(tmp_path)
    tree.root.mkdir()
    state = State(tmp_path / "machine.json")
    state.install("2025", ADMIN)
    state["users"]["ann"] = {}
    state["groups"][PERFORMANCE_LOG_USERS] = ["ann"]
    program = tree.root / "python.exe"
    program.symlink_to(Path(sys.executable).resolve())
    made = tasks.Scheduler(
        state,
        WindowsAccounts(state, tree),
        AccessLists(state, tree),
        Processes(),
        lambda user: {"MACHINE_USER": user},
        minute=0.1,
    )
    made.program, made.state, made.folder = program, state, tree.root
    yield made
    await made.shut_down()


def task(scheduler, code: str, **changes: object) -> dict[str, object]:
    return {
        "user": "ann",
        "run_level": "Limited",
        "execute": str(scheduler.program),
        "arguments": f'-c "{code}"',
        "directory": str(scheduler.folder),
        "at_startup": False,
        "description": "",
        "settings": dict(SETTINGS),
        **changes,
    }


async def result_of(scheduler, name: str) -> int:
    def ended():
        return scheduler.describe(name)["State"] == "Ready"

    await until(ended)
    return scheduler.describe(name)["LastTaskResult"]


async def test_a_task_runs_and_a_failing_one_is_started_again(scheduler):
    marks = scheduler.folder / "marks"
    code = f"open('{marks}', 'a').write('x'); raise SystemExit(3)"
    await scheduler.register("t", task(scheduler, code), force=False)
    assert scheduler.describe("t")["LastTaskResult"] == tasks.NEVER_RUN
    scheduler.start("t")
    assert await result_of(scheduler, "t") == 3
    assert marks.read_text() == "xxx"


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"user": "bob"}, tasks.LOGON_NOT_GRANTED),
        ({"execute": "/bin/true-not"}, tasks.NOT_FOUND),
    ],
)
async def test_a_task_that_may_not_run_says_why(scheduler, change, result):
    scheduler.state["users"]["bob"] = {}
    settings = {**SETTINGS, "RestartCount": 0}
    await scheduler.register("t", task(scheduler, "1", settings=settings, **change), force=True)
    scheduler.start("t")
    assert await result_of(scheduler, "t") == result


async def test_a_task_needs_a_program_that_its_user_may_read(scheduler):
    access = AccessLists(scheduler.state, Tree(scheduler.folder.parent))
    access.set(scheduler.program, cut=True, replace=True, entries={"S-1-5-18": "F"})
    settings = {**SETTINGS, "RestartCount": 0}
    await scheduler.register("t", task(scheduler, "1", settings=settings), force=True)
    scheduler.start("t")
    assert await result_of(scheduler, "t") == tasks.ACCESS_DENIED


async def test_a_task_is_ended_at_its_limit_and_by_a_stop(scheduler):
    settings = {**SETTINGS, "RestartCount": 0, "LimitMinutes": 2.0}
    long = "import time; time.sleep(60)"
    await scheduler.register("t", task(scheduler, long, settings=settings), force=True)
    scheduler.start("t")
    assert await result_of(scheduler, "t") == tasks.TERMINATED
    await scheduler.register("u", task(scheduler, long), force=True)
    scheduler.start("u")
    assert scheduler.describe("u")["State"] == "Running"
    await asyncio.sleep(0.05)
    await scheduler.stop("u")
    assert scheduler.describe("u")["LastTaskResult"] == tasks.TERMINATED


async def test_an_unknown_user_and_a_taken_name_are_refused(scheduler):
    with pytest.raises(ValueError, match="No mapping"):
        await scheduler.register("t", task(scheduler, "1", user="nobody"), force=False)
    await scheduler.register("t", task(scheduler, "1"), force=False)
    with pytest.raises(ValueError, match="already exists"):
        await scheduler.register("t", task(scheduler, "1"), force=False)
    with pytest.raises(LookupError, match="No MSFT_ScheduledTask"):
        scheduler.start("other")
