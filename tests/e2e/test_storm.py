"""A short storm: what `make storm` shows with 200 servers must hold with a few."""

import pytest

from tests.databases import url_of
from tests.storm.__main__ import storm
from tests.storm.plan import Plan

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(1200)]

SEED = 13


async def test_a_storm_leaves_nothing_stuck_doubled_lost_or_silent(tmp_path):
    plan = Plan(
        seed=SEED,
        folder=tmp_path,
        lives=4,
        at_once=2,
        bot_kills=3,
        slack_kills=1,
        azure_kills=1,
        freezes=1,
        terms=1,
        copies_seconds=45,
    )
    found = await storm(plan, url_of(tmp_path), None)
    assert found.violations == []
    assert found.begun == plan.lives
