"""A bot in a local Slack, in the modules below also on PostgreSQL."""

import pytest

from tests.integration.handlers.cleanup import House
from tests.integration.handlers.world import world
from tests.postgres import chosen_cluster

ON_BOTH_DATABASES = frozenset({"test_cards", "test_handover", "test_settings", "test_slash"})
"""Modules whose tests write many kinds of rows."""


def pytest_generate_tests(metafunc):
    name = metafunc.module.__name__.rpartition(".")[2]
    if "cluster" in metafunc.fixturenames and name in ON_BOTH_DATABASES:
        both = ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
        metafunc.parametrize("cluster", both, indirect=True)


@pytest.fixture
def cluster(request):
    """As everywhere, but without a parameter it is SQLite."""
    yield from chosen_cluster(request)


@pytest.fixture
async def place(tmp_path, cluster):
    """Run a bot in a local Slack."""
    async with world(tmp_path, postgres=cluster) as running:
        yield running


@pytest.fixture
async def house(tmp_path):
    """Run a bot in a local Slack, with a cleanup whose clock the test sets."""
    async with House.running(tmp_path) as house:
        yield house
