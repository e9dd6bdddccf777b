"""A lock that lets one bot at a time serve a SQLite database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from provisioning.core.errors import UserError


def serving_process(database_url: str) -> str:
    """Return the id of the process that serves a SQLite database; "" if none does. Changes nothing.

    Several bots may serve a PostgreSQL database, so the answer is "" there.
    """
    path = _lock_of(database_url)
    if path is None or not path.exists():
        return ""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return file.read().strip() or "unknown"
    return ""


def _lock_of(database_url: str) -> Path | None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(f"{url.database}.lock")


@contextmanager
def only_process(database_url: str) -> Iterator[None]:
    """Hold a lock file beside the SQLite file. Any number of bots may serve PostgreSQL.

    The kernel releases the lock when the process ends, even by a crash.

    Raises:
        UserError: if another process holds it.
    """
    path = _lock_of(database_url)
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise UserError(
                f"Another bot (process {file.read().strip() or 'unknown'}) already serves "
                f"{path.with_suffix('')}. Stop it first; several bots need PostgreSQL "
                "(docs/several-processes.md)."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
