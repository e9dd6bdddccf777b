"""Several tasks at once, and their end."""

import asyncio

import pytest

from provisioning.core.retry import all_of


async def after(rounds: int, result: object, ended: list[object]) -> object:
    for _ in range(rounds):
        await asyncio.sleep(0)
    ended.append(result)
    if isinstance(result, Exception):
        raise result
    return result


async def test_results_come_in_the_order_of_the_tasks():
    assert await all_of(after(3, "first", []), after(1, "second", [])) == ("first", "second")


async def test_a_failure_is_raised_after_the_others_have_ended():
    ended: list[object] = []
    with pytest.raises(ValueError, match="refused"):
        await all_of(after(1, ValueError("refused"), ended), after(5, "slow", ended))
    assert ended[1] == "slow"
    assert asyncio.all_tasks() == {asyncio.current_task()}
