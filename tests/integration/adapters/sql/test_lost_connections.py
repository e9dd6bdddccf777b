"""Connections to PostgreSQL that break: a restart, and a commit whose answer is lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.wiring.stores import Stores
from handlers.kit.failures import failure_sentence
from provisioning.adapters.sql import database
from provisioning.adapters.sql.database import create_database_engine
from provisioning.core.errors import DatabaseDownError
from provisioning.core.model.server import Status
from tests.databases import place_database
from tests.integration.adapters.sql.test_servers import ASKED, a_server

pytestmark = pytest.mark.timeout(120)


class Cutter:
    """A way to PostgreSQL that cuts a connection at its next commit.

    `at_commit` is "before": PostgreSQL never gets that commit; or "after": its answer is lost.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.at_commit = ""
        self._ways: list[asyncio.Task[None]] = []

    @classmethod
    @asynccontextmanager
    async def between(cls, url: str) -> AsyncIterator[tuple["Cutter", str]]:
        """Run one, and return it with the database's URL through it."""
        there = make_url(url)
        cutter = cls(Path(str(there.query["host"])) / ".s.PGSQL.5432")
        server = await asyncio.start_server(cutter._pass_on, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        query = {"host": "127.0.0.1", "port": str(port)}
        yield cutter, there.set(query=query).render_as_string(hide_password=False)
        server.close()
        await asyncio.wait(cutter._ways, timeout=5)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ways.append(asyncio.current_task())
        there, back = await asyncio.open_unix_connection(self._socket)
        answers = asyncio.create_task(_copy(there, writer))
        with suppress(ConnectionError):
            while asked := await reader.read(65536):
                cut = self.at_commit if b"COMMIT" in asked else ""
                if cut:
                    self.at_commit = ""
                    answers.cancel()
                    await asyncio.wait({answers})
                if cut != "before":
                    back.write(asked)
                if cut == "after":
                    await there.read(1)  # committed, as its answer says
                if cut:
                    break
        for each in (back, writer):
            each.close()
        await asyncio.wait({answers})
        for each in (back, writer):
            with suppress(ConnectionError):
                await each.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


@asynccontextmanager
async def stores_over(engine: AsyncEngine) -> AsyncIterator[Stores]:
    stores = Stores(engine)
    yield stores
    await stores.close()


@pytest.fixture
async def url(tmp_path, postgres):
    yield await place_database(tmp_path, postgres)
    postgres.drop_databases()


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_commit_whose_answer_is_lost_happens_once(url, cut):
    async with (
        Cutter.between(url) as (cutter, through),
        stores_over(create_database_engine(through)) as stores,
    ):
        await stores.servers.add_server(a_server(1), ASKED)
        cutter.at_commit = cut
        changed = await stores.servers.update("s1", 1, ASKED, generation=2, status=Status.RUNNING)
        assert cutter.at_commit == ""
        assert changed is not None, "the caller begins the work of its own change"
        assert (await stores.servers.get("s1")).generation == 2
        assert len(await stores.audit.events("s1")) == 2


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_request_whose_answer_is_lost_makes_one_server(url, cut):
    async with (
        Cutter.between(url) as (cutter, through),
        stores_over(create_database_engine(through)) as stores,
    ):
        cutter.at_commit = cut
        assert await stores.servers.add_server(a_server(1), ASKED) == (a_server(1), True)
        assert len(await stores.servers.list_servers()) == 1


async def test_reads_and_writes_survive_a_restart(url, postgres):
    async with stores_over(create_database_engine(url)) as stores:
        await stores.servers.add_server(a_server(1), ASKED)
        await asyncio.gather(*(stores.servers.get("s1") for _ in range(10)))  # ten connections
        postgres.restart()
        assert await stores.servers.update("s1", 1, stage_detail="again") is not None
        assert (await stores.servers.get("s1")).stage_detail == "again"


async def test_what_comes_during_a_restart_waits_for_its_end(url, postgres):
    async with stores_over(create_database_engine(url)) as stores:
        await stores.servers.add_server(a_server(1), ASKED)
        postgres.stop()
        work = [
            asyncio.create_task(stores.servers.update("s1", 1, stage_detail="later")),
            asyncio.create_task(stores.servers.get("s1")),
        ]
        try:
            _, waiting = await asyncio.wait(work, timeout=1.0)
            assert len(waiting) == 2
        finally:
            postgres.start()
        assert None not in await asyncio.gather(*work)


@pytest.mark.long
async def test_a_long_outage_is_reported_in_time_and_nothing_was_written(url, postgres):
    async with stores_over(create_database_engine(url)) as stores:
        postgres.stop()
        began = time.monotonic()
        try:
            with pytest.raises(DatabaseDownError) as error:
                await stores.servers.add_server(a_server(1), ASKED)
        finally:
            postgres.start()
        assert "have started nothing" in failure_sentence(error.value)
        assert time.monotonic() - began < database.PATIENCE_SECONDS + 10
        assert await stores.servers.list_servers() == []
