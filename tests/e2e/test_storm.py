"""A short storm: what `make storm` shows with 200 servers must hold with a few."""

import pytest

from tests.databases import url_of
from tests.storm.__main__ import storm
from tests.storm.plan import Plan

pytestmark = [pytest.mark.storm, pytest.mark.timeout(1200)]

SEED = 13


def a_short_storm(folder, **changes):
    sizes = {
        "lives": 4,
        "at_once": 2,
        "bot_kills": 3,
        "slack_kills": 1,
        "azure_kills": 1,
        "freezes": 1,
        "terms": 1,
        "copies_seconds": 45,
    }
    return Plan(seed=SEED, folder=folder, **sizes | changes)


async def test_a_storm_leaves_nothing_stuck_doubled_lost_or_silent(tmp_path):
    plan = a_short_storm(tmp_path)
    found = await storm(plan, url_of(tmp_path), None)
    assert found.violations == []
    assert found.begun == plan.lives


async def test_the_same_with_three_bots_on_a_postgresql_that_restarts(tmp_path, postgres):
    plan = a_short_storm(
        tmp_path, database="postgres", bots=3, database_restarts=1, bot_kills=4, freezes=2
    )
    url = postgres.url(postgres.new_database())
    found = await storm(plan, url, postgres)
    assert found.violations == []
    assert found.begun == plan.lives
