"""The record of the installation in SQL."""

import asyncio
from dataclasses import replace

from provisioning.adapters.sql.installation import SqlInstallation
from provisioning.admin.installation import Place, Recorded
from tests.databases import migrated_database
from tests.fakes import FakeClock

RECORDED = Recorded(
    Place("sub", "group", "default"), "f" * 32, FakeClock().now(), FakeClock().now()
)


async def test_processes_that_start_at_once_write_one_record(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    records = SqlInstallation(engine)
    assert await records.read() is None
    await asyncio.gather(*(records.write(RECORDED) for _ in range(5)))
    assert await records.read() == RECORDED
    other = replace(RECORDED, keys="0" * 32)
    await asyncio.gather(*(records.write(other) for _ in range(5)))
    assert await records.read() == other
    await engine.dispose()
