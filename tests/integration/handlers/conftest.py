import pytest

from tests.integration.handlers.cleanup import House
from tests.integration.handlers.world import world


@pytest.fixture
async def place(tmp_path):
    """Run a bot in a local Slack."""
    async with world(tmp_path) as running:
        yield running


@pytest.fixture
async def house(tmp_path):
    """Run a bot in a local Slack, with a cleanup whose clock the test sets."""
    async with House.running(tmp_path) as house:
        yield house
