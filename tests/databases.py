"""Databases for tests: the first one of a process is migrated, and the others are copied."""

import asyncio
from pathlib import Path

from dbos import DBOS, DBOSClient
from sqlalchemy import MetaData, create_engine, inspect, select
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations.schema import migrate
from provisioning.adapters.engine import history_url
from provisioning.adapters.engine.config import APPLICATION, QUEUE
from provisioning.adapters.sql.database import create_database_engine
from tests.postgres import Postgres

NAME = "bot.db"
_migrated: list[bytes] = []
_templates: dict[Postgres, str] = {}
_urls: dict[Path, str] = {}


async def migrated_database(folder: Path, postgres: Postgres | None = None) -> AsyncEngine:
    """Return an engine over a new database of this folder, with every table and no row."""
    return create_database_engine(await place_database(folder, postgres))


async def place_database(folder: Path, postgres: Postgres | None = None) -> str:
    """Create the database of `migrated_database` without an engine; return its URL.

    It is a SQLite file in the folder, or one of PostgreSQL's databases. The tables of the engine's
    history are in it too, which takes half of the time of a launch.
    """
    if postgres is not None:
        if postgres not in _templates:
            template = postgres.new_database()
            await _migrate(postgres.url(template))
            postgres.keep(template)
            _templates[postgres] = template
        _urls[folder] = postgres.url(postgres.new_database(_templates[postgres]))
        return _urls[folder]
    if not _migrated:
        await _migrate(url_of(folder))
        _migrated.append((folder / NAME).read_bytes())
    (folder / NAME).write_bytes(_migrated[0])
    return url_of(folder)


async def _migrate(url: str) -> None:
    engine = create_database_engine(url)
    await migrate(engine)
    await asyncio.to_thread(DBOS.migrate, history_url(url))
    await asyncio.to_thread(_register_queue, history_url(url))
    await engine.dispose()  # closing the last connection writes everything into the one file


def _register_queue(url: str) -> None:
    """Register the engine's queue: DBOS finds one that is new to a database after a second."""
    client = DBOSClient(system_database_url=url, application_name=APPLICATION)
    try:
        client.register_queue(QUEUE, partition_concurrency=1, polling_interval_sec=0.02)
    finally:
        client.destroy()


def url_of(folder: Path) -> str:
    """Return the URL of the folder's database; of a SQLite file, if none was placed."""
    return _urls.get(folder) or f"sqlite+aiosqlite:///{folder}/{NAME}"


def everything_in(url: str) -> str:
    """Return all rows of all tables as text, the engine's history included."""
    engine = create_engine(history_url(url))
    lines = []
    with engine.connect() as connection:
        for schema in inspect(connection).get_schema_names():
            if schema == "information_schema":
                continue
            tables = MetaData()
            tables.reflect(connection, schema)
            for table in tables.tables.values():
                lines += [f"{table.name} {row}" for row in connection.execute(select(table))]
    engine.dispose()
    return "\n".join(lines)
