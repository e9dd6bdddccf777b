"""An engine that a test starts again and again on one database."""

import pytest

from tests.databases import place_database, url_of

from .small_engine import SmallEngine


@pytest.fixture
async def started(tmp_path):
    """Return a function that starts an engine, after the end of the one before it."""
    await place_database(tmp_path)
    engines = []

    async def start(*steps):
        if engines:
            await engines.pop().close()
        engines.append(SmallEngine(url_of(tmp_path)))
        await engines[0].launch(*steps)
        return engines[0]

    yield start
    for each in engines:
        await each.close()
