"""A private PostgreSQL for tests, on a socket file of its own, that ends with its process."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL

START_SECONDS = 60.0
USER = "postgres"  # Debian's package makes it; PostgreSQL refuses to run as root
_NEW = "--encoding=UTF8 --no-locale --auth=trust --no-sync".split()
_SPEED = "fsync=off synchronous_commit=off full_page_writes=off max_connections=300".split()


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs; None where none is installed."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return max(found, key=lambda each: int(each.parts[-3])).parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


class Postgres:
    """A cluster with databases that live as long as a test.

    Its socket is in a folder of its own, so it takes no port, and nobody else on the computer
    reaches it. It ends when this process does, however that ends.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._names: list[str] = []
        self._made = 0
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER, USER)

    @classmethod
    @contextmanager
    def running(cls, programs: Path) -> Iterator["Postgres"]:
        """Make a cluster, and remove it in the end."""
        cluster = cls(programs)
        try:
            cluster._run(
                "initdb",
                "--encoding=UTF8",
                "--no-locale",
                "--auth=trust",
                f"--username={USER}",
                "--no-sync",
                "data",
            )
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            shutil.rmtree(cluster._folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """What PostgreSQL has written."""
        return (self._folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The server's process, for faults."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [word for each in _SPEED for word in ("-c", each)]
        command = [str(self._programs / "postgres"), "-D", "data", "-k", str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), *command, "-h", "", *options],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self._connect():
                    return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self.log}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server: it cuts its connections, as `systemctl restart` lets it do."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    def restart(self) -> None:
        """End the server and start it again."""
        self.stop()
        self.start()

    def new_database(self, template: str = "template1") -> str:
        """Make a database as a copy of another, that has no connections; return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self._names.append(name)
        words = sql.SQL("create database {} template {}")
        self._execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def keep(self, name: str) -> None:
        """Let a database outlive the test, to be a template."""
        self._names.remove(name)

    def drop_databases(self) -> None:
        """Remove the databases of a test, and end who is still connected."""
        while self._names:
            words = sql.SQL("drop database if exists {} with (force)")
            self._execute(words.format(sql.Identifier(self._names.pop())))

    def url(self, name: str) -> str:
        """Return the URL of a database, for the bot's settings."""
        where = {"host": str(self._folder)}
        url = URL.create("postgresql+psycopg", username=USER, database=name, query=where)
        return url.render_as_string(hide_password=False)

    def _run(self, program: str, *words: str) -> None:
        command = [*self._as_user(), str(self._programs / program), *words]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True)

    def _as_user(self) -> list[str]:
        """Words before a command: end with this process, and don't be root."""
        words = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() != 0:
            return words
        user = pwd.getpwnam(USER)
        return [*words, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self._folder), user=USER, dbname="postgres", autocommit=True
        )

    def _execute(self, words: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(words)


def chosen_cluster(request: pytest.FixtureRequest) -> Iterator[Postgres | None]:
    """Be a fixture's function whose parameters, if any, are "sqlite" and "postgresql"."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    running: Postgres = request.getfixturevalue("postgres")
    yield running
    running.drop_databases()
