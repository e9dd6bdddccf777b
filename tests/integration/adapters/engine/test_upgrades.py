"""A database with work in flight goes on under code whose steps or version differ."""

import pytest

from provisioning.adapters.engine.config import APPLICATION_VERSION

from .small_engine import Diary


async def in_flight(started, diary):
    """An engine whose workflow waits in the third of its steps."""
    small = await started(diary.step("a"), diary.step("b"), diary.step("c", gate=True))
    await small.begin()
    await diary.until("c s1")
    return small


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("a", "new", "b", "c"), id="a step inserted in the middle"),
        pytest.param(("new", "a", "b", "c"), id="a step inserted before all"),
        pytest.param(("a", "renamed", "c"), id="a step renamed"),
        pytest.param(("b", "c"), id="a step removed"),
    ],
)
async def test_work_whose_steps_have_changed_begins_anew_at_once(started, names):
    diary, now = Diary(), Diary()
    await in_flight(started, diary)
    small = await started(*map(now.step, names))
    await small.until_ended()
    assert now.notes == [f"{name} s1" for name in names]
    assert list(await small.statuses()) == ["s1:create:1"], "the same workflow, and no other"


async def test_a_step_that_comes_after_what_has_run_is_run_in_its_place(started):
    diary, now = Diary(), Diary()
    await in_flight(started, diary)
    small = await started(*map(now.step, ("a", "b", "new", "c")))
    await small.until_ended()
    assert now.notes == ["new s1", "c s1"]


async def of_another_version(small, status: str) -> None:
    await small.execute(
        f"update workflow_status set status = '{status}', application_version = 'older', "
        "executor_id = 'bot'"
    )


@pytest.mark.parametrize("status", ["PENDING", "ENQUEUED"])
async def test_work_of_another_version_and_of_another_process_goes_on(started, status):
    diary, now = Diary(), Diary()
    small = await in_flight(started, diary)
    await small.engine.close()
    await of_another_version(small, status)
    small = await started(*map(now.step, "abc"))
    await small.until_ended()
    assert now.notes == ["c s1"]


async def test_work_that_an_older_version_queues_later_goes_on_at_the_next_recovery(started):
    diary = Diary()
    small = await started(diary.step("a"))
    small.engine._executor.stop_taking()
    await small.begin()
    await of_another_version(small, "ENQUEUED")
    await small.engine.recover()
    assert await small.rows("select application_version from workflow_status") == [
        (APPLICATION_VERSION,)
    ]


async def test_the_schedules_and_ticks_of_an_older_version_are_forgotten(started):
    diary, now = Diary(), Diary()
    small = await in_flight(started, diary)
    await small.engine.close()
    await small.execute(
        "insert into workflow_status (workflow_uuid, status, name, created_at, updated_at,"
        " priority, queue_name, application_version, executor_id)"
        " values ('sched-recover-1', 'PENDING', 'tick.v1', 1, 1, 0, '_dbos_internal_queue', '1',"
        " 'bot')",
        "insert into workflow_schedules (schedule_id, schedule_name, workflow_name, schedule,"
        " status, context) values ('x', 'recover', 'tick.v1', '* * * * * *', 'ACTIVE', 'null')",
    )
    small = await started(*map(now.step, "abc"))
    await small.until_ended()
    assert list(await small.statuses()) == ["s1:create:1"]
    assert await small.rows("select * from workflow_schedules") == []
