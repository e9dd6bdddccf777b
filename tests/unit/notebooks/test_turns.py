"""Turns of exports: one of each member, a few at once, and not too many waiting."""

import asyncio

import pytest

from provisioning.core.errors import UserError
from provisioning.notebooks.turns import Turns


async def wait_for(*conditions):
    async with asyncio.timeout(10):
        while not all(condition() for condition in conditions):
            await asyncio.sleep(0)


class Hall:
    """Members who export: who is at work now, and in which order they came to it."""

    def __init__(self, turns):
        self.turns, self.at_work, self.order, self.may_end = turns, set(), [], asyncio.Event()

    async def export(self, member):
        async with self.turns.turn(member):
            self.at_work.add(member)
            self.order.append(member)
            await self.may_end.wait()
            self.at_work.discard(member)


async def test_a_member_has_one_export_at_a_time():
    hall = Hall(Turns())
    first = asyncio.create_task(hall.export("U_ANA"))
    await wait_for(lambda: hall.at_work)
    with pytest.raises(UserError, match="still under way"):
        await hall.export("U_ANA")
    hall.may_end.set()
    await first
    await hall.export("U_ANA")


async def test_a_few_run_at_once_and_the_others_follow_in_their_order():
    hall = Hall(Turns(at_once=2))
    members = [f"U_{number}" for number in range(5)]
    tasks = [asyncio.create_task(hall.export(each)) for each in members]
    await wait_for(lambda: len(hall.at_work) == 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert hall.at_work == {"U_0", "U_1"}
    hall.may_end.set()
    await asyncio.gather(*tasks)
    assert hall.order == members


async def test_beyond_a_bound_no_export_waits():
    hall = Hall(Turns(at_once=1, most_waiting=1))
    tasks = [asyncio.create_task(hall.export(each)) for each in ("U_ANA", "U_BOB")]
    await wait_for(lambda: hall.at_work)
    with pytest.raises(UserError, match="2 exports are waiting"):
        await hall.export("U_EVE")
    hall.may_end.set()
    await asyncio.gather(*tasks)


async def test_an_export_that_was_cancelled_while_it_waited_frees_its_place():
    hall = Hall(Turns(at_once=1))
    running = asyncio.create_task(hall.export("U_ANA"))
    await wait_for(lambda: hall.at_work)
    waiting = asyncio.create_task(hall.export("U_BOB"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    hall.may_end.set()
    await running
    await hall.export("U_BOB")
