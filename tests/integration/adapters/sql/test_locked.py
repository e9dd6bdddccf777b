"""SQLite takes one writer: what happens to writers that wait longer than it allows."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event, insert, select

from bot.wiring.stores import Stores
from provisioning.adapters.sql.database import writing
from provisioning.adapters.sql.schema.rows import server_values
from provisioning.adapters.sql.schema.tables import servers
from provisioning.core.model.server import Status
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import ASKED, a_server


@pytest.fixture
async def impatient(tmp_path):
    """An engine whose connections don't wait for the lock at all."""
    engine = await migrated_database(tmp_path)

    @event.listens_for(engine.sync_engine, "connect")
    def _at_once(connection, _record):
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 0")
        cursor.close()

    yield engine
    await engine.dispose()


async def test_writers_of_one_process_wait_for_each_other(impatient):
    async def write(number):
        async with writing(impatient) as connection:
            await connection.execute(insert(servers).values(**server_values(a_server(number))))
            await asyncio.sleep(0)

    await asyncio.gather(*(write(number) for number in range(20)))
    async with impatient.connect() as connection:
        assert len((await connection.execute(select(servers))).all()) == 20


async def test_a_write_succeeds_after_another_program_held_the_lock_too_long(impatient, tmp_path):
    stores = Stores(impatient)
    await stores.servers.add_server(a_server(1), ASKED)
    refused = asyncio.Event()
    event.listen(impatient.sync_engine, "handle_error", lambda _: refused.set())
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        work = asyncio.create_task(stores.servers.update("s1", 1, status=Status.RUNNING))
        await refused.wait()
        other.execute("COMMIT")
    assert (await work).status is Status.RUNNING
    assert (await stores.servers.get("s1")).status is Status.RUNNING
    await stores.close()
