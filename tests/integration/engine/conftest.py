"""A house whose engine runs."""

import pytest

from migrations.schema import migrate

from .house import House


@pytest.fixture
async def house(tmp_path):
    house = House(tmp_path)
    await migrate(house.database)
    await house.engine.launch()
    yield house
    await house.engine.close()
    await house.store.close()
