"""The engine's adapter names the columns of its tables again; here both are compared."""

import pytest
from sqlalchemy import inspect

from provisioning.adapters.engine.heartbeat import PROCESSES
from provisioning.adapters.engine.history import WorkflowHistory
from provisioning.adapters.engine.leases import SCHEDULES
from provisioning.adapters.sql.schema import tables
from tests.databases import migrated_database


@pytest.mark.parametrize(
    ("ours", "schema"), [(PROCESSES, tables.processes), (SCHEDULES, tables.schedules)]
)
def test_the_engine_names_all_columns_of_its_tables(ours, schema):
    assert set(ours.c.keys()) == set(schema.c.keys())
    assert ours.name == schema.name


async def test_the_history_has_the_columns_that_the_engine_writes(tmp_path):
    database = await migrated_database(tmp_path)
    history = WorkflowHistory(database)
    async with database.connect() as connection:
        for table in (history.workflows, history.steps, history.schedules):
            columns = await connection.run_sync(
                lambda c, name=table.name: {each["name"] for each in inspect(c).get_columns(name)}
            )
            assert columns >= set(table.c.keys()), table.name
    await database.dispose()
