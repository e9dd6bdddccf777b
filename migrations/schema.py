"""The database's version, the version that the code needs, and the migration to it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.core.errors import UserError


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def wanted_version() -> str:
    """Return the newest version in the code."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the migrations are missing from this installation")
    return head


async def current_version(engine: AsyncEngine) -> str | None:
    """Return the database's version; None for an empty database."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def migrate(engine: AsyncEngine) -> None:
    """Migrate the database to the newest version, in one transaction."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))


async def prepare_database(engine: AsyncEngine) -> None:
    """Prepare the database at the bot's start: migrate SQLite, but only check PostgreSQL.

    Several processes may share a PostgreSQL database, and an admin decides when it is migrated.

    Raises:
        UserError: if the database is newer than the code, or needs a migration.
    """
    current, wanted = await current_version(engine), wanted_version()
    if current == wanted:
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise UserError(
            f"The database has version {current}, but this notebook-bot knows versions up to "
            f"{wanted} only: a newer notebook-bot has used the database. Nothing was changed. "
            "Install the newer notebook-bot again, or restore the backup from before the upgrade."
        )
    if engine.dialect.name != "sqlite":
        raise UserError(
            f"The database has version {current or 'none'}, but this notebook-bot needs {wanted}. "
            "Back the database up, run `notebook-bot migrate` once, and start the bot again."
        )
    await migrate(engine)
