"""Schedules on the real engine: each tick runs once, and what it begins runs on its own."""

from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOS

from provisioning.adapters.engine import HISTORY_KEPT, Schedule
from provisioning.core.model.server import Job, Status
from tests.databases import place_database
from tests.integration.workflows.house import House

EVERY_SECOND = "* * * * * *"


@pytest.fixture
async def house(tmp_path, cluster):
    await place_database(tmp_path, cluster)
    house = House(tmp_path)
    await house.build()
    yield house
    await house.close()


async def test_each_tick_has_its_own_time_and_runs_once(house):
    ticks = []

    async def note(moment):
        ticks.append(moment)

    house.engine.schedule("note", Schedule(EVERY_SECOND, note))
    await house.engine.launch()

    async def three():
        return len(ticks) >= 3

    await house.until(three, 40)
    assert len(set(ticks)) == len(ticks)
    assert all(each.microsecond == 0 and each.tzinfo is not None for each in ticks)
    assert abs(datetime.now(UTC) - ticks[-1]) < timedelta(seconds=30)


async def test_a_tick_that_fails_does_not_end_the_ticks(house):
    tries = []

    async def fail(moment):
        tries.append(moment)
        raise RuntimeError("broken")

    house.engine.schedule("fail", Schedule(EVERY_SECOND, fail))
    await house.engine.launch()

    async def again():
        return len(tries) >= 2

    await house.until(again, 40)


async def test_a_workflow_that_a_tick_begins_is_not_part_of_the_tick(house):
    server = await house.add()
    begun = []

    async def begin(_moment):
        if not begun:
            begun.append(True)
            await house.engine.begin(Job.CREATE, server)

    house.engine.schedule("begin", Schedule(EVERY_SECOND, begin))
    await house.engine.launch()
    await house.until_shown("s1", "ready")
    found = await DBOS.get_workflow_status_async("s1:create:1")
    assert found.parent_workflow_id is None


async def test_a_workflow_that_was_not_begun_is_begun_by_the_next_recovery(house):
    server = await house.add()
    await house.engine.launch()
    await house.engine.recover()
    await house.until_shown(server.id, "ready")
    assert (await house.store.get(server.id)).status is Status.RUNNING


async def test_old_history_is_deleted_and_running_workflows_are_not(house):
    server = await house.add()
    await house.engine.launch()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown("s1", "ready")

    async def ended():
        return (await DBOS.get_workflow_status_async("s1:create:1")).status == "SUCCESS"

    await house.until(ended)
    now = datetime.now(UTC)
    await house.engine.forget(now + HISTORY_KEPT - timedelta(hours=1))
    assert await DBOS.get_workflow_status_async("s1:create:1") is not None
    await house.engine.forget(now + HISTORY_KEPT + timedelta(hours=1))
    assert await DBOS.get_workflow_status_async("s1:create:1") is None
