"""Databases for tests: the first one of a process is migrated, and the others are copied."""

import asyncio
from pathlib import Path

from dbos import DBOS
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations.schema import migrate
from provisioning.adapters.engine import history_url
from provisioning.adapters.sql.database import create_database_engine

NAME = "bot.db"
_migrated: list[bytes] = []


async def migrated_database(folder: Path) -> AsyncEngine:
    """Return an engine over a new SQLite file in the folder, with every table and no row."""
    await place_database(folder)
    return create_database_engine(url_of(folder))


async def place_database(folder: Path) -> None:
    """Create the SQLite file of `migrated_database` without an engine.

    The tables of the engine's history are in it too, which takes half of the time of a launch.
    """
    if not _migrated:
        engine = create_database_engine(url_of(folder))
        await migrate(engine)
        await asyncio.to_thread(DBOS.migrate, history_url(url_of(folder)))
        await engine.dispose()  # closing the last connection writes everything into the one file
        _migrated.append((folder / NAME).read_bytes())
    (folder / NAME).write_bytes(_migrated[0])


def url_of(folder: Path) -> str:
    """Return the URL of the SQLite file in the folder."""
    return f"sqlite+aiosqlite:///{folder}/{NAME}"
