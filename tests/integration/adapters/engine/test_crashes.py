"""Work that ends its process again and again fails, and errors of the database strand nothing."""

import asyncio

import pytest
from structlog.testing import capture_logs

from .small_engine import Diary, until


async def crashed(small, times: int) -> None:
    """The workflow's processes have crashed so often."""
    await small.engine.close()
    await small.execute(
        f"update workflow_status set status = 'PENDING', recovery_attempts = {times},"
        " executor_id = 'dead', owner_xid = 'dead'"
    )


async def test_the_step_at_which_its_process_crashes_fails_in_the_end(started):
    diary, now = Diary(), Diary()
    engine = await started(diary.step("a"), diary.step("b", gate=True), diary.step("c"))
    await engine.begin()
    await diary.until("b s1")
    await crashed(engine, 50)
    engine = await started(*map(now.step, "abc"))
    await engine.until_ended()
    assert now.notes == [], "neither the dangerous step nor a later one runs"
    assert engine.failed == [("s1", "b")]


async def test_a_few_crashes_are_survived(started):
    diary, now = Diary(), Diary()
    engine = await started(diary.step("a"), diary.step("b", gate=True), diary.step("c"))
    await engine.begin()
    await diary.until("b s1")
    await crashed(engine, 49)
    engine = await started(*map(now.step, "abc"))
    await engine.until_ended()
    assert now.notes == ["b s1", "c s1"]


@pytest.mark.long
async def test_work_that_the_history_says_is_running_here_and_is_not_goes_on(started):
    diary = Diary()
    engine = await started(diary.step("a"))
    await engine.begin()
    await engine.until_ended()
    name = engine.engine._heartbeat.executor_id
    await engine.execute(
        f"update workflow_status set status = 'PENDING', executor_id = '{name}', owner_xid = 'x'",
        "delete from operation_outputs",
    )
    await diary.until("a s1", 2)
    await engine.until_ended()


async def test_a_database_that_is_lost_at_the_start_is_waited_for(started):
    diary = Diary()
    before = await started(diary.step("a"))
    await before.execute("alter table application_versions rename to hidden")
    with capture_logs() as logs:
        starting = asyncio.create_task(started(diary.step("a")))

        async def lost() -> bool:
            return any("lost at the start" in each["event"] for each in logs)

        await until(lost)
        await before.execute("alter table hidden rename to application_versions")
        await before.database.dispose()
        engine = await starting
    await engine.begin()
    await engine.until_ended()


@pytest.mark.long
async def test_a_step_whose_result_the_database_refused_is_not_run_again(started):
    diary = Diary()
    engine = await started(diary.step("a", gate=True), diary.step("b"))
    await engine.begin()
    await diary.until("a s1")
    await engine.execute(
        "create trigger full before insert on operation_outputs"
        " begin select raise(abort, 'database or disk is full'); end"
    )
    diary.gates["a"].set()
    await diary.until("a s1 passed")
    await engine.until_ended(ending="PENDING")
    await engine.execute("drop trigger full")
    await engine.until_ended()
    assert diary.notes == ["a s1", "a s1 passed", "b s1"]
