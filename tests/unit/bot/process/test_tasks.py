"""Tracked tasks: nothing is lost at the end, and no error is silent."""

import asyncio

from structlog.testing import capture_logs

from bot.process.tasks import TrackedTasks


async def test_drain_waits_for_work_in_flight_and_for_what_it_starts():
    tasks, done = TrackedTasks(), []

    async def second():
        await asyncio.sleep(0.01)
        done.append("second")

    async def first():
        await asyncio.sleep(0.01)
        tasks.spawn(second(), "second")
        done.append("first")

    tasks.spawn(first(), "first")
    assert await tasks.drain(5) == 0
    assert done == ["first", "second"]
    assert len(tasks) == 0


async def test_what_takes_too_long_is_cancelled_and_named_in_the_log():
    tasks = TrackedTasks()
    task = tasks.spawn(asyncio.Event().wait(), "endless")
    with capture_logs() as logs:
        assert await tasks.drain(0.01) == 1
    assert task.cancelled()
    assert [line["tasks"] for line in logs] == [["endless"]]


async def test_an_error_that_nobody_awaits_is_logged():
    tasks = TrackedTasks()

    async def fail():
        raise RuntimeError("broken")

    with capture_logs() as logs:
        tasks.spawn(fail(), "fragile")
        await tasks.drain(5)
        await asyncio.sleep(0)
    (line,) = logs
    assert (line["task"], str(line["exc_info"])) == ("fragile", "broken")


async def test_draining_nothing_returns_at_once():
    assert await TrackedTasks().drain(60) == 0
