"""The budget of message edits: a limit on progress per minute, and room for results.

The test moves the event loop's clock, so that minutes take no time.
"""

import asyncio
import random

import pytest

from bot.messages.update_budget import UpdateBudget


class TurnedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer."""

    turned = 0.0

    def time(self):
        return super().time() + self.turned

    def _run_once(self):
        if not self._ready and self._scheduled:
            self.turned += max(0.0, self._scheduled[0].when() - self.time())
        super()._run_once()


def run(work):
    with asyncio.Runner(loop_factory=TurnedLoop) as runner:
        return runner.run(work)


async def edits_for(budget, seconds):
    loop, times = asyncio.get_running_loop(), []
    began = loop.time()
    while loop.time() < began + seconds:
        async with budget.edit_when_there_is_more():
            times.append(loop.time() - began)
    return times


def most_in_a_minute(times):
    return max(sum(start <= each < start + 60 for each in times) for start in times)


@pytest.mark.parametrize("per_minute", [1, 2, 10, 45])
def test_progress_edits_stay_within_the_limit_per_minute(per_minute):
    times = run(edits_for(UpdateBudget(per_minute), 600))
    assert most_in_a_minute(times) <= max(per_minute, 2)
    assert len(times) >= 10 * per_minute * 0.5, "progress must not starve"


def test_the_first_edits_begin_at_once():
    times = run(edits_for(UpdateBudget(45), 1))
    assert sum(each < 0.1 for each in times) >= 10


def test_processes_share_the_edits_of_a_minute():
    alone = run(edits_for(UpdateBudget(45), 600))
    shared = run(edits_for(UpdateBudget(45, processes=lambda: 3), 600))
    assert most_in_a_minute(shared) <= 45 / 3
    assert len(alone) / 4 < len(shared) < len(alone) / 2


def test_results_have_priority_over_progress():
    async def work():
        budget = UpdateBudget(45)
        for _ in range(40):
            async with budget.edit():  # at once while the minute has room
                pass
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with budget.edit_when_there_is_more():
            return loop.time() - began

    assert run(work()) > 30


def test_all_edits_together_stay_within_the_limit_per_minute():
    async def work():
        budget, loop, times = UpdateBudget(45), asyncio.get_running_loop(), []
        began = loop.time()

        async def finish():
            async with budget.edit():
                await asyncio.sleep(random.uniform(0, 20))  # a slow request
                times.append(loop.time() - began)

        progress = loop.create_task(edits_for(budget, 200))
        await asyncio.gather(*(finish() for _ in range(100)))
        return times, await progress

    results, progress = run(work())
    assert most_in_a_minute(sorted(results + progress)) <= 45
    assert max(results) < 190, "results have priority over progress"


def test_progress_waits_for_the_end_of_a_pause():
    async def work():
        budget, loop = UpdateBudget(45), asyncio.get_running_loop()
        began = loop.time()
        budget.pause(30)
        async with budget.edit_when_there_is_more():
            return loop.time() - began

    assert 30 <= run(work()) < 31
