"""A step under a database that does not answer for a while: an outage ends no work."""

import asyncio
from datetime import datetime

import pytest
from typing_extensions import override

from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.errors import DatabaseDownError, NotYet, PermanentError
from provisioning.core.model.server import Server
from provisioning.workflows.durable.steps import SUPERSEDED_CHECK_SECONDS, Ending, Step, run_step
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import ASKED, a_server


class Outages(SqlServers):
    """A store that raises each of `errors` once, before it reads a row."""

    def __init__(self, engine) -> None:
        super().__init__(engine)
        self.errors: list[Exception] = []

    @override
    async def get(self, server_id: str) -> Server | None:
        if self.errors:
            raise self.errors.pop(0)
        return await super().get(server_id)


@pytest.fixture
async def store(tmp_path):
    engine = await migrated_database(tmp_path)
    store = Outages(engine)
    await store.add_server(a_server(1), ASKED)
    yield store
    await engine.dispose()


async def ending_of(store, run, patience=60.0) -> str:
    step = Step("work", run, patience=patience)
    return (await run_step(store, step, "s1", 1))["ending"]


async def test_an_error_while_a_step_is_watched_is_no_newer_request(store):
    async def work(_server: Server) -> None:
        store.errors = [RuntimeError("a surprise"), DatabaseDownError(is_undone=True)]
        async with asyncio.timeout(20 * SUPERSEDED_CHECK_SECONDS):
            while store.errors:  # the watch reads the row once a second
                await asyncio.sleep(0.05)

    assert await ending_of(store, work) == Ending.DONE


async def test_a_newer_request_is_noticed_after_an_outage(store):
    async def work(server: Server) -> None:
        store.errors = [DatabaseDownError(is_undone=True)]
        await store.update("s1", server.generation, generation=server.generation + 1)
        await asyncio.Event().wait()

    assert await ending_of(store, work) == Ending.SUPERSEDED


@pytest.mark.parametrize("is_undone", [True, False])
async def test_a_step_whose_write_failed_goes_on_when_the_database_answers(store, is_undone):
    tries: list[datetime] = []

    async def work(server: Server) -> None:
        tries.append(server.created_at)
        if len(tries) < 5:  # more often than a broken step is tried
            raise DatabaseDownError(is_undone=is_undone)

    assert await ending_of(store, work, patience=0.0) == Ending.DONE


async def test_the_time_of_an_outage_is_not_the_machines(store):
    """The creation's step `connect` has a second of patience; a failure deletes the machine."""
    errors: list[Exception] = [DatabaseDownError(is_undone=True), NotYet("SSH is silent", 0.01)]

    async def work(_server: Server) -> None:
        if errors:
            raise errors.pop(0)

    assert await ending_of(store, work, patience=1.0) == Ending.DONE


async def test_a_step_begins_after_an_outage_and_its_refusal_counts(store):
    store.errors = [DatabaseDownError(is_undone=True)]

    async def work(_server: Server) -> None:
        raise PermanentError("No.", "Refused")

    assert await ending_of(store, work) == Ending.FAILED
