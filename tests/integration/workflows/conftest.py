"""The core with fakes, and a running engine."""

import pytest

from tests.databases import place_database
from tests.postgres import chosen_cluster

from .house import House


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def cluster(request):
    """As everywhere, but PostgreSQL's half is for `make test-long`."""
    yield from chosen_cluster(request)


@pytest.fixture
async def house(tmp_path, cluster):
    await place_database(tmp_path, cluster)
    house = House(tmp_path)
    await house.build()
    await house.engine.launch()
    yield house
    await house.close()
