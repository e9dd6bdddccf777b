"""Tracked tasks: none is lost at shutdown, and every error is logged."""

import asyncio

from structlog.testing import capture_logs

from bot.process.tasks import TrackedTasks


async def test_drain_waits_for_tasks_and_the_tasks_that_they_start():
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


async def test_a_task_that_takes_too_long_is_cancelled_and_logged():
    tasks = TrackedTasks()
    task = tasks.spawn(asyncio.Event().wait(), "endless")
    with capture_logs() as logs:
        assert await tasks.drain(0.01) == 1
    assert task.cancelled()
    assert [line["tasks"] for line in logs] == [["endless"]]


async def test_an_error_in_a_task_without_a_waiter_is_logged():
    tasks = TrackedTasks()

    async def fail():
        raise RuntimeError("broken")

    with capture_logs() as logs:
        tasks.spawn(fail(), "fragile")
        await tasks.drain(5)
        await asyncio.sleep(0)
    (line,) = logs
    assert (line["task"], str(line["exc_info"])) == ("fragile", "broken")


async def test_draining_no_tasks_returns_at_once():
    assert await TrackedTasks().drain(60) == 0
