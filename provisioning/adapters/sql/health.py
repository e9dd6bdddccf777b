"""Whether the database can be used; what is wrong with it is one sentence with the way out."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.schema.tables import metadata
from provisioning.core.errors import DatabaseDownError, UserError

_WAY_OUT = (
    "Nothing was changed. Restore the latest backup (`notebook-bot restore FILE --replace`), and "
    "start again. Without a backup, move the database away and run `notebook-bot adopt`: it reads "
    "the servers from the tags in Azure. Shares, members' settings and the history are lost then."
)
_SETTING = "NOTEBOOK_BOT_DATABASE_URL"


@asynccontextmanager
async def opened_database(url: str, *, thorough: bool = False) -> AsyncIterator[AsyncEngine]:
    """Open the database for checks at start, and close it. `thorough` compares its indexes too.

    Raises:
        UserError: if the database is damaged, can't be reached or refuses the bot.
    """
    engine = create_database_engine(url)
    try:
        with _explained(make_url(url)):
            await _check_pages(engine, thorough=thorough)
            yield engine
    finally:
        await engine.dispose()


async def _check_pages(engine: AsyncEngine, *, thorough: bool) -> None:
    """Let SQLite look for damaged pages; PostgreSQL reports its own when it reads them.

    Raises:
        UserError: if a page is damaged.
    """
    if engine.dialect.name != "sqlite":
        return
    async with engine.connect() as connection:
        pragma = f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)"
        found = (await connection.exec_driver_sql(pragma)).scalars().first()
    if found != "ok":
        raise UserError(_damaged(engine.url, str(found).strip().splitlines()[-1]))


async def check_tables(engine: AsyncEngine) -> None:
    """Require all tables, in a database of the present version.

    Raises:
        UserError: if some are missing.
    """
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    missing = sorted(set(metadata.tables) - set(names))
    if missing:
        raise UserError(_damaged(engine.url, f"tables are missing: {', '.join(missing)}"))


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Turn the errors of an unusable database into sentences."""
    try:
        yield
    except DatabaseDownError as error:
        raise UserError(_unreachable(url, "it does not answer")) from error
    except sqlite3.Error as error:  # of a new connection, which SQLAlchemy does not translate
        raise UserError(_of_file(url, str(error))) from None
    except DBAPIError as error:
        if url.get_backend_name() == "sqlite":
            raise UserError(_of_file(url, str(error.orig))) from None
        raise UserError(_of_server(url, error)) from None


def _damaged(url: URL, what: str) -> str:
    return f"The database {_name(url)} is damaged ({what}). {_WAY_OUT}"


def _of_file(url: URL, problem: str) -> str:
    if "unable to open" in problem:
        return (
            f"The database {url.database} can't be opened. Check that its folder exists, that the "
            f"bot's account may write to the folder, and {_SETTING}."
        )
    if "readonly" in problem or "disk is full" in problem or "I/O error" in problem:
        return (
            f"The database {url.database} can't be written ({problem}). Check the disk's free "
            "space and the file's owner, then start again."
        )
    if "locked" in problem:
        return f"Another program holds the database {url.database}. Stop it, then start again."
    return _damaged(url, problem)


_NO_USER = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "role")
"""Parts of what PostgreSQL says to a user that it refuses; such an error has no code."""


def _of_server(url: URL, error: DBAPIError) -> str:
    """Return the sentence for PostgreSQL's refusal; its own text may repeat the password."""
    state = getattr(error.orig, "sqlstate", None) or ""
    text = str(error.orig)
    if state == "3D000" or f'database "{url.database}" does not exist' in text:
        return (
            f"PostgreSQL at {_host(url)} has no database {url.database}. Create it, or correct "
            f"{_SETTING}."
        )
    if state.startswith("28") or (not state and any(part in text for part in _NO_USER)):
        return (
            f"PostgreSQL at {_host(url)} refuses the user {url.username}: the user or the password "
            f"in {_SETTING} is wrong."
        )
    if state == "42501":
        return (
            f"PostgreSQL at {_host(url)} does not let the user {url.username} use the tables of "
            f"{url.database}. Make that user the owner of the database."
        )
    if state.startswith(("XX", "58")):
        return _damaged(url, f"PostgreSQL reports {state}")
    if state.startswith("42"):
        return _damaged(url, f"a table or column is missing, {state}")
    return _unreachable(url, f"{type(error.orig).__name__} {state}".strip())


def _unreachable(url: URL, why: str) -> str:
    return (
        f"The database at {_host(url)} can't be reached ({why}). Check that PostgreSQL runs there, "
        f"the network, and {_SETTING}."
    )


def _host(url: URL) -> str:
    host = url.host or url.query.get("host") or "this computer"
    return f"{host}:{url.port}" if url.port else str(host)


def _name(url: URL) -> str:
    return str(url.database or "in memory")
