"""The core with fakes, and a running engine."""

import pytest

from tests.databases import place_database

from .house import House


@pytest.fixture
async def house(tmp_path):
    await place_database(tmp_path)
    house = House(tmp_path)
    await house.build()
    await house.engine.launch()
    yield house
    await house.close()
