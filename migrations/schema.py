"""The database's version, the version that the code needs, and the migration to it.

Alembic is imported where a database is migrated: at most starts there is nothing to migrate, and
Alembic would stay in memory.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.core.errors import UserError

_FOLDER = Path(__file__).parent
_LOCK = 0x6E6F7465626F6F6B
"""The number of the lock of migrations, ours alone in the database: "notebook" in ASCII."""


def wanted_version() -> str:
    """Return the newest version in the code."""
    return max(_known_versions())


def _known_versions() -> set[str]:
    """Return the versions of the code: a migration's file begins with its version."""
    known = {path.name.partition("_")[0] for path in _FOLDER.glob("versions/[0-9]*_*.py")}
    if not known:
        raise RuntimeError("the migrations are missing from this installation")
    return known


def knows_version(version: str) -> bool:
    """Return whether tables of this version can be used, after a migration if they are older."""
    return version in _known_versions()


async def current_version(engine: AsyncEngine) -> str | None:
    """Return the database's version; None for an empty database."""
    async with engine.connect() as connection:
        return await connection.run_sync(_read_version)


def _read_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("select version_num from alembic_version"))
    return version


async def migrate(engine: AsyncEngine) -> None:
    """Migrate the database to the newest version, in one transaction.

    On PostgreSQL, a second migration at the same time waits, and finds nothing to do.
    """
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def prepare_database(
    engine: AsyncEngine, keep_copy: Callable[[str], Path | None] = lambda version: None
) -> None:
    """Prepare the database at the bot's start: migrate SQLite, but only check PostgreSQL.

    Several processes may share a PostgreSQL database, and an admin decides when it is migrated.
    `keep_copy` copies a database of that version before it is migrated.

    Raises:
        UserError: if the database is newer than the code, or needs a migration.
    """
    current, wanted = await current_version(engine), wanted_version()
    if current == wanted:
        return
    if current is not None and current not in _known_versions():
        raise UserError(
            f"The database has version {current}, but this notebook-bot knows versions up to "
            f"{wanted} only: a newer notebook-bot has used the database. Nothing was changed. "
            "Install the newer notebook-bot again, or put the copy from before the upgrade in the "
            "database's place: it is beside it, with the version and the date in its name."
        )
    if engine.dialect.name != "sqlite":
        raise UserError(
            f"The database has version {current or 'none'}, but this notebook-bot needs {wanted}. "
            "Back the database up, run `notebook-bot migrate` once, and start the bot again."
        )
    if current is not None:
        keep_copy(current)
    await migrate(engine)
