import pytest

from tests.integration.slack.world import world


@pytest.fixture
async def place(tmp_path):
    """A running bot in a local Slack."""
    async with world(tmp_path) as running:
        yield running
