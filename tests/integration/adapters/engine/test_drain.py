"""The end of the engine: running steps get a while, and the rest is given back."""

import asyncio
import logging

import pytest

from provisioning.adapters.engine import Schedule
from provisioning.core.errors import NotYet
from provisioning.workflows.durable.steps import Step
from tests.databases import place_database, url_of

from .small_engine import Diary, SmallEngine, until


@pytest.fixture
async def small(tmp_path):
    await place_database(tmp_path)
    small = SmallEngine(url_of(tmp_path))
    yield small
    await small.close()


async def test_a_running_step_gets_its_time_and_the_next_one_does_not_begin(small):
    diary = Diary()
    await small.launch(diary.step("a", gate=True), diary.step("b"))
    await small.begin()
    await diary.until("a s1")
    draining = asyncio.create_task(small.engine.drain(30))
    await asyncio.sleep(0.1)
    assert not draining.done()
    diary.gates["a"].set()
    await draining
    await small.engine.close()
    assert diary.notes == ["a s1", "a s1 passed"]
    assert await small.statuses() == {"s1:create:1": "ENQUEUED"}
    steps = "select function_name from operation_outputs"
    assert await small.rows(steps) == [("create.a",)], "the result of the step is kept"


async def test_no_work_is_taken_during_the_drain(small):
    diary = Diary()
    await small.launch(diary.step("a"))
    await small.engine.drain(1)
    await small.begin()
    await asyncio.sleep(1)
    assert diary.notes == []


async def test_a_step_that_waits_for_its_next_try_ends_at_once(small):
    tries = []

    async def refuse(_server):
        tries.append(1)
        raise NotYet("Azure is busy", retry_in=30)

    await small.launch(Step("wait", refuse))
    await small.begin()
    await until(lambda: bool(tries))
    async with asyncio.timeout(5):
        await small.engine.drain(60)
    await small.engine.close()
    assert await small.statuses() == {"s1:create:1": "ENQUEUED"}


async def test_a_step_that_takes_too_long_is_cut_off_and_runs_again(small):
    diary = Diary()
    await small.launch(diary.step("a", gate=True))
    await small.begin()
    await diary.until("a s1")
    await small.engine.drain(0.2)
    await small.engine.close()
    assert await small.statuses() == {"s1:create:1": "ENQUEUED"}
    attempts = "select recovery_attempts from workflow_status"
    assert await small.rows(attempts) == [(0,)], "an orderly end is no crash"


async def test_a_running_tick_gets_its_time(small):
    begun, gate, ended = asyncio.Event(), asyncio.Event(), []

    async def tick(_moment):
        begun.set()
        await gate.wait()
        ended.append(True)

    await small.launch(schedules={"t": Schedule("* * * * * *", tick)})
    await begun.wait()
    draining = asyncio.create_task(small.engine.drain(30))
    await asyncio.sleep(0.1)
    gate.set()
    await draining
    assert ended == [True]


async def test_an_end_in_the_middle_of_much_work_leaves_no_error_in_the_log(small, caplog):
    diary = Diary()
    await small.launch(diary.step("a"), diary.step("b", gate=True), diary.step("c"))
    for number in range(30):
        await small.begin(number)
    await diary.until("b s1")
    await small.engine.drain(0.1)
    await small.engine.close()
    await asyncio.to_thread(lambda: None)  # the loop's threads are usable
    bad = [each for each in caplog.records if each.levelno >= logging.ERROR or each.exc_info]
    assert bad == []
    assert set((await small.statuses()).values()) == {"ENQUEUED"}
