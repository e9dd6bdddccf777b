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
from provisioning.idle.rescue import Rescue
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


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("wait_until_reachable", NotYet("SSH does not answer")),
        ("notebooks", PermanentError("It broke", "Broken")),
    ],
)
async def test_a_failing_machine_does_not_prevent_the_deletion(house, method, error):
    row = await expired(house)
    work, before = rescue(house), await house.dms()
    work.cloud.resources[row.id] = {"vm"}
    work.host.failures[method] = [error]
    await work.send(row)
    assert await house.dms() == before


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
