"""The migrations lead to the code's tables, and the bot refuses an unknown version."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import migrations
from migrations.schema import current_version, migrate, prepare_database, wanted_version
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.schema.tables import metadata
from provisioning.core.errors import UserError


@pytest.fixture
def url(tmp_path, cluster):
    """An empty database's."""
    if cluster is not None:
        return cluster.url(cluster.new_database())
    return f"sqlite+aiosqlite:///{tmp_path}/bot.db"


@pytest.fixture
async def engine(url):
    engine = create_database_engine(url)
    yield engine
    await engine.dispose()


def test_the_newest_version_by_its_file_is_the_last_of_alembics_chain():
    scripts = ScriptDirectory(Path(migrations.__file__).parent)
    assert scripts.get_heads() == [wanted_version()]


async def test_an_empty_database_is_migrated_at_start_if_one_process_uses_it(engine):
    assert await current_version(engine) is None
    if engine.dialect.name == "postgresql":
        with pytest.raises(UserError, match="run `notebook-bot migrate` once"):
            await prepare_database(engine)
        await migrate(engine)
    await prepare_database(engine)
    assert await current_version(engine) == wanted_version()


async def test_the_migrations_make_exactly_the_tables_of_the_code(engine):
    await migrate(engine)
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


async def test_migrating_twice_changes_nothing(engine):
    await migrate(engine)
    await migrate(engine)
    assert await current_version(engine) == wanted_version()


async def test_two_migrations_at_once_are_one(url, engine):
    if engine.dialect.name == "sqlite":
        pytest.skip("one process uses SQLite")
    other = create_database_engine(url)
    await asyncio.gather(migrate(engine), migrate(other))
    assert await current_version(engine) == wanted_version()
    await other.dispose()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(engine):
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(UserError, match="newer notebook-bot has used the database"):
        await prepare_database(engine)
    assert await current_version(engine) == "9999"
