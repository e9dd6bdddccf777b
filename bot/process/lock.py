"""A lock that lets one bot at a time serve a SQLite database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from provisioning.core.errors import UserError


@contextmanager
def only_process(database_url: str) -> Iterator[None]:
    """Hold a lock file beside the SQLite file. Any number of bots may serve PostgreSQL.

    The kernel releases the lock when the process ends, even by a crash.

    Raises:
        UserError: if another process holds it.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        yield
        return
    path = Path(f"{url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise UserError(
                f"Another bot (process {file.read().strip() or 'unknown'}) already serves "
                f"{url.database}. Stop it first; several bots need PostgreSQL "
                "(docs/several-processes.md)."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
