"""A server whose notebook does not come up: its card, what works on it, and its stop."""

from datetime import UTC, datetime, timedelta

from handlers.kit import action_ids
from provisioning.core.model.activity import unknown_activity
from provisioning.core.model.machine import HomeFiles, MachineLogs, Outage
from provisioning.core.model.server import Failure, Job, Status
from tests.integration.handlers.world import until


async def out(place, until=timedelta(hours=4), log="ImportError: no such module"):
    """A running server that did not come up after a restart, with its card."""
    server = await place.server("sales", status=Status.RUNNING)
    now = datetime.now(UTC)
    server = await place.store.update(
        server.id,
        server.generation,
        address="127.0.0.1",
        ready_at=now,
        failure=Failure("It did not come up again.", "Unverified", Job.RESTART),
        outage=Outage(now, now + until, log),
    )
    await place.cards.update_state(server, as_new_message=True)
    return server


async def row_of(place, server):
    return await place.store.get(server.id)


async def test_the_card_says_why_with_the_log_and_repairs(place):
    server = await out(place)
    card = (await place.dms())[-1]
    why = ("It did not come up again.", "ImportError")
    for words in ("sales does not come up", "I stop it", *why):
        assert words in str(card)
    await place.click(card, action_ids.REPAIR_BUTTON)

    async def repairing():
        row = await row_of(place, server)
        return row.status is Status.RESTARTING and row.outage is None

    assert await until(repairing)
    assert place.work.taken() == [(Job.REPAIR, server.id)]


async def test_the_list_and_the_status_say_it(place):
    await out(place)
    assert "running, but does not come up" in await place.type("list")
    assert "If nothing is done about that, it is stopped" in await place.type("status sales")


async def test_what_helps_needs_no_notebook_server(place):
    server = await out(place)
    place.host.written = MachineLogs((), ("ImportError: no such module",))
    place.host.documents = {"a.ipynb": "<p>"}
    assert "ImportError" in await place.type("logs sales")
    assert "a.ipynb" in await place.type("export sales")
    assert "changing the packages" in await place.type("packages sales add toolz")
    assert "on its way" in await place.type("password sales")
    assert place.work.taken() == [(Job.PACKAGES, server.id), (Job.PASSWORD, server.id)]


async def test_its_files_come_as_a_zip_and_what_is_too_large_is_named(place):
    await out(place)
    place.host.home = HomeFiles(b"PK", 12, (("work/model.bin", 3 * 1024**3),), 1)
    await place.click((await place.dms())[-1], action_ids.FILES_BUTTON)

    async def sent():
        return "sales.zip" in str(await place.dms())

    assert await until(sent)
    answer = await place.type("files sales work/my results")
    assert place.host.asked_files == ["", "work/my results"]
    for words in ("12 files of `sales`", "`work/model.bin` (3,072 MB)", "And for 1 more file."):
        assert words in answer
    place.host.home = None
    assert "no file or folder `nothing`" in await place.type("files sales nothing")


async def test_it_is_stopped_if_nobody_attends_to_it_and_then_offers_its_repair(place):
    server = await out(place, timedelta(0))
    place.seen[server.id] = unknown_activity("JupyterLab does not answer")
    await place.sweep()
    row = await row_of(place, server)
    assert (row.status, row.failure.job) == (Status.STOPPING, Job.RESTART)
    assert (await place.watches.get(server.id)).ended_by == "unattended"
    row = await place.store.update(row.id, row.generation, status=Status.STOPPED, outage=None)
    await place.cards.update_state(row, as_new_message=True)
    await place.click((await place.dms())[-1], action_ids.REPAIR_BUTTON)

    async def starting():
        return (await row_of(place, server)).status is Status.STARTING

    assert await until(starting)


async def test_it_is_left_on_for_its_repair_although_nothing_answers(place):
    server = await out(place)
    place.seen[server.id] = unknown_activity("JupyterLab does not answer")
    await place.sweep()
    assert (await row_of(place, server)).status is Status.RUNNING
