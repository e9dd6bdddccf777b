"""The end of retention: a warning, the notebooks by DM, a snapshot, then the deletion."""

import io
import zipfile
from datetime import timedelta

import pytest

from handlers.kit import action_ids
from provisioning.access.machine_access import Reach
from provisioning.access.rights import ServerId
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Job, Status
from provisioning.idle.rescue import NotebookArchive, Rescue
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.integration.handlers.cleanup import ANA, HOUR

DAY = timedelta(days=1)
PAGES = {"train.ipynb": "<h1>train</h1>", "deep/plot.ipynb": "<h1>plot</h1>"}


def rescue(house):
    cloud, host = FakeCloud(), FakeHost(documents=dict(PAGES))
    reach = Reach(house.place.keys, MachineLayout())
    return Rescue(house.watches, cloud, host, reach, house.place.cleanup_messages)


async def stopped(house):
    server = await house.server()
    await house.place.servers.stop(ANA, ServerId(server.id))
    await house.do_work()
    return server


async def expired(house):
    """Return a server at the end of its retention, three days after its warning."""
    server = await stopped(house)
    await house.pass_time(29 * DAY, step=6 * HOUR)
    (warning,) = [each for each in await house.dms() if "will be deleted" in each["text"]]
    assert action_ids.KEEP_MONTH_BUTTON in str(warning["blocks"])
    await house.pass_time(2 * DAY, step=6 * HOUR, work=False)
    return await house.place.store.get(server.id)


async def test_the_server_is_deleted_with_a_snapshot_from_which_it_can_be_restored(house):
    row = await expired(house)
    assert row.status is Status.DELETING
    assert house.place.work.asked == [(Job.DELETE_WITH_COPY, row.id)]
    assert row.snapshot.id
    assert 6 * DAY <= row.snapshot.until - house.clock.time <= 7 * DAY


async def test_the_notebooks_come_as_pages_before_the_snapshot(house):
    row = await expired(house)
    work = rescue(house)
    work.cloud.resources[row.id] = {"vm"}
    await work.send(row)
    assert "power" in work.cloud.resources[row.id]  # it was started to be read
    text, file = (await house.dms())[-2:]
    assert "Here are its 2 notebooks" in text["text"]
    (sent,) = file["files"]
    assert sent["name"] == "sales.zip"
    url = f"{house.place.url}/sandbox/files/{sent['id']}"
    async with house.place.session.get(url) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.namelist() == ["train.html", "deep/plot.html"]
    assert archive.read("deep/plot.html") == b"<h1>plot</h1>"


async def rescued(house, work):
    """Return the text of the message and the names in the ZIP file with their contents."""
    row = await expired(house)
    work.cloud.resources[row.id] = {"vm"}
    await work.send(row)
    text, file = (await house.dms())[-2:]
    (sent,) = file["files"]
    url = f"{house.place.url}/sandbox/files/{sent['id']}"
    async with house.place.session.get(url) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    return text["text"], {each: archive.read(each) for each in archive.namelist()}


async def test_a_notebook_without_a_page_comes_as_it_is_and_is_named(house):
    work = rescue(house)
    work.host.documents = {**PAGES, "broken.ipynb": "<<<<<<< HEAD"}
    work.host.unreadable.add("broken.ipynb")
    text, found = await rescued(house, work)
    assert "Here are its 2 notebooks" in text
    assert "as they are: `broken.ipynb`" in text
    assert found["broken.ipynb"] == b"<<<<<<< HEAD"
    assert {"train.html", "deep/plot.html"} < set(found)


async def test_names_that_could_not_be_stored_do_not_stop_the_rescue(house):
    work = rescue(house)
    work.host.documents = {"../a\udcb0.ipynb": "<h1>\ud83d</h1>", "/deep/b.IPYNB": "b"}
    _text, found = await rescued(house, work)
    assert found == {"a?.html": b"<h1>?</h1>", "deep/b.html": b"b"}


async def test_a_notebook_that_can_not_be_read_at_all_is_named(house):
    work = rescue(house)
    work.host.unreadable.add("train.ipynb")
    work.host.failures["notebook_file"] = [PermanentError("It is too large", "TooLarge")]
    text, found = await rescued(house, work)
    assert "only the server's snapshot has them: `train.ipynb`" in text
    assert list(found) == ["deep/plot.html"]


async def test_a_lost_connection_keeps_what_was_read_and_names_the_rest(house):
    work = rescue(house)
    work.host.documents = {"a.ipynb": "a", "b.ipynb": "b"}
    work.host.unreadable.add("b.ipynb")
    work.host.failures["notebook_file"] = [NotYet("The connection was lost")]
    text, found = await rescued(house, work)
    assert "`b.ipynb`" in text
    assert found == {"a.html": b"a"}


def test_an_archive_has_a_size_limit_and_names_what_is_left_out():
    archive = NotebookArchive(largest=10)
    assert archive.add_page("a.ipynb", "12345")
    assert not archive.add_page("b.ipynb", "1234567")
    assert archive.add_file("b.ipynb", b"12345")
    assert not archive.add_file("c.ipynb", b"1")
    found = archive.closed(["a.ipynb", "b.ipynb", "c.ipynb"])
    assert (found.pages, found.as_they_are, found.left_out) == (1, ("b.ipynb",), ("c.ipynb",))


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("wait_until_reachable", NotYet("SSH does not answer")),
        ("notebooks", PermanentError("It broke", "Broken")),
    ],
)
async def test_a_failing_machine_does_not_prevent_the_deletion_and_the_owner_hears_why(
    house, method, error
):
    row = await expired(house)
    work, before = rescue(house), await house.dms()
    work.cloud.resources[row.id] = {"vm"}
    work.host.failures[method] = [error]
    await work.send(row)
    *earlier, told = await house.dms()
    assert earlier == before
    assert "could not read its notebooks" in told["text"]
    assert error.reason in told["text"]


async def test_an_owner_who_deletes_a_server_is_not_sent_the_notebooks(house):
    server = await stopped(house)
    row = await house.place.servers.delete_with_copy(ANA, ServerId(server.id))
    before = await house.dms()
    await rescue(house).send(row)
    assert await house.dms() == before


async def test_a_click_on_the_warning_keeps_the_server_for_another_month(house):
    await stopped(house)
    await house.pass_time(29 * DAY, step=6 * HOUR)
    await house.place.keeping.extend(
        ANA, ServerId((await house.place.store.find("sales")).id), 30 * DAY
    )
    await house.pass_time(28 * DAY, step=6 * HOUR)
    assert await house.status() is Status.STOPPED
    assert "is stopped, and kept until" in str(await house.dms())
