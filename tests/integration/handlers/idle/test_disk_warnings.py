"""A disk that fills up: one DM a level, and every place that shows the server says so."""

import pytest

from handlers.kit import action_ids
from provisioning.core.model.activity import Activity
from provisioning.core.model.machine import DiskUse
from provisioning.core.model.server import Status
from tests.integration.handlers.cleanup import MINUTE

GB = 1024**3
LARGEST = (("data", 20 * GB), ("<!channel>", 3 * GB), ("tiny", 1000))


def filled(percent: int) -> Activity:
    used = percent * GB
    largest = LARGEST if percent >= 80 else ()
    return Activity(last_used=0.0, disk=DiskUse(100 * GB, used, 100 * GB - used, largest))


@pytest.fixture
async def fill(house):
    await house.server()

    async def fill(percent: int) -> list[str]:
        house.probes.seen = {"sales": filled(percent)}
        await house.pass_time(10 * MINUTE)
        return [each["text"] for each in await house.dms()]

    return fill


async def test_the_owner_hears_once_at_85_and_once_at_95_percent(fill):
    assert await fill(84) == []
    assert await fill(85) == ["The disk of sales is 85 % full."]
    assert await fill(90) == ["The disk of sales is 85 % full."]
    assert (await fill(96))[1:] == ["The disk of sales is 96 % full."]
    assert len(await fill(99)) == 2


async def test_a_disk_that_was_emptied_and_fills_again_is_told_again(fill):
    await fill(90)
    await fill(40)
    assert len(await fill(90)) == 2


async def test_the_dm_names_the_largest_folders_and_mentions_nobody(house, fill):
    await fill(90)
    (dm,) = await house.dms()
    shown = str(dm["blocks"])
    assert "90 of 100 GB of the disk are used (90 %)" in shown
    assert "`data`  20 GB" in shown
    assert "<!channel>" not in shown
    assert "tiny" not in shown


async def test_a_dm_that_slack_refuses_is_posted_after_the_next_probe(house, fill):
    await house.place.faults(fail={"chat.postMessage": {"error": "fatal_error", "count": 2}})
    house.probes.seen = {"sales": filled(90)}
    await house.pass_time(MINUTE)
    assert await house.dms() == []
    assert await fill(90) == ["The disk of sales is 90 % full."]


async def test_status_and_home_say_how_full_the_disk_is(house, fill):
    await fill(90)
    status = await house.place.type("status sales")
    assert "90 of 100 GB of the disk are used (90 %)" in str(status)
    home = await house.place.home()
    assert "90 of 100 GB of the disk are used (90 %)" in str(home)


async def test_a_probe_that_changes_nothing_for_people_writes_nothing(house, fill):
    await fill(40)
    before = await house.place.store.find("sales")
    house.probes.seen = {"sales": Activity(disk=DiskUse(100 * GB, 40 * GB + 5, 60 * GB - 5))}
    await house.pass_time(10 * MINUTE)
    assert await house.place.store.find("sales") == before


async def test_the_button_of_the_dm_enlarges_the_disk(house, fill):
    await fill(90)
    (dm,) = await house.dms()
    assert "Enlarge to 64 GB ($4.80 a month)" in str(dm["blocks"])
    answer = await house.place.answer_to_click(dm, action_ids.GROW_DISK_BUTTON, "U_ANA")
    assert "enlarging the disk of `sales` to 64 GB" in answer
    server = await house.place.store.find("sales")
    assert (server.status, server.resize.disk_gb) == (Status.RESIZING, 64)


async def test_the_largest_disk_has_no_button(house, fill):
    server = await house.place.store.find("sales")
    await house.place.store.update(server.id, server.generation, disk_gb=2048)
    await fill(90)
    (dm,) = await house.dms()
    assert action_ids.GROW_DISK_BUTTON not in str(dm["blocks"])


async def test_a_running_server_is_asked_about_first(house, fill):
    await fill(10)
    asked = await house.place.type("resize sales --disk 100")
    assert "Enlarge the disk of `sales` from 32 GB to 128 GB ($9.60 a month)?" in asked
    assert (await house.status()) is Status.RUNNING


async def test_a_file_system_that_has_not_followed_is_told(house, fill):
    await fill(10)
    server = await house.place.store.find("sales")
    await house.place.store.update(server.id, server.generation, disk_gb=128)
    assert "does not use all of it yet" in str(await house.place.type("status sales"))
