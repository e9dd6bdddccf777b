"""The watches of many new servers, which several processes meet at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from provisioning.adapters.sql.schema.rows import server_values
from provisioning.adapters.sql.schema.tables import servers
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.model.server import Server, Status
from tests.databases import migrated_database
from tests.fakes import FakeClock
from tests.postgres import chosen_cluster

MANY = 300


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(request):
    yield from chosen_cluster(request)


@pytest.fixture
async def engine(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    yield engine
    await engine.dispose()


def new_server(number, now):
    name = f"host-{number}"
    return Server(
        id=name, name=name, owner="U_ANA", owner_name="Ana", platform="ubuntu", size="B2s",
        region="westeurope", status=Status.RUNNING, created_at=now, request_key=name,
    )  # fmt: skip


async def test_several_processes_that_meet_many_new_servers_take_each_once(engine):
    """Those that come late insert nothing one by one, which would take them minutes."""
    now, statements = FakeClock().now(), []
    async with engine.begin() as connection:
        rows = [server_values(new_server(number, now)) for number in range(MANY)]
        await connection.execute(insert(servers), rows)
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda *each: statements.append(each[2])
    )
    until = now + timedelta(minutes=5)
    taken = await asyncio.gather(*(SqlWatches(engine).take_due(now, until) for _ in range(3)))
    assert sorted(len(each) for each in taken) == [0, 0, MANY]
    assert len([each for each in statements if "INSERT INTO watches" in each]) <= 3
