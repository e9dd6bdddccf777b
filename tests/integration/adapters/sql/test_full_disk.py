"""A full disk: members are notified, and no committed row is lost.

SQLite itself says it: the database may not grow beyond its present pages.
"""

import random

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.wiring.stores import Stores
from handlers.kit.failures import failure_sentence
from migrations.schema import migrate
from provisioning.adapters.sql.database import create_database_engine
from tests.integration.adapters.sql.test_servers import ASKED, a_server


@pytest.mark.long
async def test_a_full_disk_is_reported_and_loses_nothing(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    database = create_database_engine(url)
    await migrate(database)
    stores = Stores(database)
    await stores.servers.add_server(a_server(1), ASKED)
    await stores.close()

    full = create_database_engine(url)

    @event.listens_for(full.sync_engine, "connect")
    def _no_more_pages(connection, _record):
        cursor = connection.cursor()
        cursor.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size
        cursor.close()

    stores = Stores(full)
    long_text = "".join(random.choices("abcdef", k=2_000_000))
    with pytest.raises(OperationalError) as error:
        await stores.servers.add_server(a_server(2, url=long_text), ASKED)
    told = failure_sentence(error.value)
    assert "disk is full" in told
    assert "Your servers are safe" in told
    assert [server.id for server in await stores.servers.list_servers()] == ["s1"]
    await stores.close()
