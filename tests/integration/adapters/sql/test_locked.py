"""SQLite takes one writer: what happens to those that wait for longer than it lets them."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event, insert, select

from provisioning.adapters.sql.servers import SqlStore
from provisioning.adapters.sql.tables import servers
from provisioning.adapters.sql.transactions import server_values, writing
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


async def test_a_write_is_done_although_another_program_held_the_lock_for_too_long(
    impatient, tmp_path
):
    store = SqlStore(impatient)
    await store.add_server(a_server(1), ASKED)
    refused = asyncio.Event()
    event.listen(impatient.sync_engine, "handle_error", lambda _: refused.set())
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        work = asyncio.create_task(store.update("s1", 1, status=Status.RUNNING))
        await refused.wait()
        other.execute("COMMIT")
    assert (await work).status is Status.RUNNING
    assert (await store.get("s1")).status is Status.RUNNING
    await store.close()
