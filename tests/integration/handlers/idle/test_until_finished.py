"""The button "Until it finishes": the last output comes by DM, then the server stops."""

import pytest

from handlers.kit import action_ids
from provisioning.core.errors import NotYet
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Status
from tests.integration.handlers.cleanup import BUSY, HOUR, MINUTE
from tests.integration.handlers.world import until

PICTURE = b"\x89PNG\r\n\x1a\n" + b"p" * 100


async def run_to_its_end(house):
    """Click the button on the warning; work then begins, runs for hours and ends."""
    server = await house.server()
    await house.pass_time(61 * MINUTE, step=MINUTE)
    await house.place.click((await house.dms())[0], action_ids.UNTIL_FINISHED_BUTTON)

    async def requested():
        return (await house.watches.get(server.id)).history.finish_by

    await until(requested)
    house.probes.seen["sales"] = BUSY
    await house.pass_time(3 * HOUR, step=5 * MINUTE)
    del house.probes.seen["sales"]
    await house.pass_time(25 * MINUTE, step=5 * MINUTE)


async def test_the_last_output_and_its_picture_come_before_the_message_of_the_stop(house):
    house.probes.output = LastOutput("train.ipynb", 90.0, "epoch 40\nloss ``` 0.03", PICTURE)
    await run_to_its_end(house)
    assert await house.status() is Status.STOPPED
    _, text, picture, why = await house.dms()
    assert "work on `sales` has ended" in text["text"]
    assert "```epoch 40\nloss ''' 0.03```" in text["blocks"][1]["text"]["text"]
    assert [each["name"] for each in picture["files"]] == ["train.png"]
    assert "its work has ended, as you asked" in why["text"]


async def test_the_last_output_is_posted_once_however_often_the_step_runs(house):
    house.probes.output = LastOutput("train.ipynb", 90.0, "epoch 40")
    await run_to_its_end(house)
    (step,) = house.notices.before_stop()
    row = await house.place.store.find("sales")
    again = await house.place.store.update(row.id, row.generation, status=Status.STOPPING)
    await step.run(again)
    assert len([each for each in await house.dms() if "epoch 40" in str(each["blocks"])]) == 1


@pytest.mark.parametrize("output", [None, NotYet("SSH does not answer")])
async def test_a_server_without_output_to_show_is_stopped_all_the_same(house, output):
    house.probes.output = output
    await run_to_its_end(house)
    assert await house.status() is Status.STOPPED
    assert len(await house.dms()) == 2


async def test_a_server_stops_even_if_slack_rejects_files(house):
    house.probes.output = LastOutput("train.ipynb", 90.0, "epoch 40", PICTURE)
    fault = {"retry_after": 0, "count": 999}
    await house.place.faults(rate_limit={"files.getUploadURLExternal": fault})
    await run_to_its_end(house)
    assert await house.status() is Status.STOPPED


async def test_a_server_that_is_stopped_for_another_reason_shows_nothing_of_its_notebooks(house):
    house.probes.output = LastOutput("train.ipynb", 90.0, "epoch 40")
    await house.server()
    await house.pass_time(80 * MINUTE)
    assert await house.status() is Status.STOPPED
    assert not any("epoch" in str(each["blocks"]) for each in await house.dms())
