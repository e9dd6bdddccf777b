"""A request for a password of a server that does not run says what comes next, with a button."""

import pytest

from handlers.kit import action_ids
from provisioning.core.model.server import Status
from tests.integration.handlers.listeners.test_clicks import answered

NEXT = {
    Status.CREATING: action_ids.STATUS_BUTTON,
    Status.STOPPING: action_ids.STATUS_BUTTON,
    Status.STOPPED: action_ids.START_BUTTON,
    Status.RESIZING: action_ids.STATUS_BUTTON,
    Status.DELETING: action_ids.STATUS_BUTTON,
    Status.MISSING: action_ids.LOOK_AGAIN_BUTTON,
    Status.FAILED: action_ids.AGAIN_BUTTON,
}


@pytest.mark.parametrize(("status", "button"), NEXT.items())
async def test_each_state_has_its_next_step(place, status, button):
    await place.server("sales", status=status)
    answer = await place.type("password sales")
    assert "only while it runs" in answer
    assert f'"action_id": "{button}"' in answer
    assert place.work.asked == []


@pytest.mark.parametrize("status", [Status.STARTING, Status.RESTARTING, Status.RESTORING])
async def test_a_server_that_comes_up_gets_the_password_then(place, status):
    server = await place.server("sales", status=status)
    assert "as soon as the server runs" in await place.type("password sales")
    assert place.work.asked == [("password", server.id)]


async def test_a_start_during_a_stop_follows_the_stop(place):
    server = await place.server("sales", status=Status.STOPPING)
    assert "starting `sales`" in await place.type("start sales")
    assert place.work.asked == [("start", server.id)]
    assert (await place.store.get(server.id)).status is Status.STARTING


async def test_the_button_starts_the_server(place):
    server = await place.server("sales", status=Status.STOPPED)
    await place.type("password sales")
    await place.click((await place.ephemerals())[-1], action_ids.START_BUTTON)
    await answered(place, "starting `sales`")
    assert place.work.asked == [("start", server.id)]


async def test_a_guest_is_told_whom_to_ask(place):
    server = await place.server("sales", status=Status.STOPPED)
    await place.bot.cases.access.sharing.share(
        place.member("U_ANA"), "sales", place.member("U_BOB")
    )
    answer = await place.type("password sales", user="U_BOB")
    assert f"<@{server.owner}>" in answer
    assert action_ids.START_BUTTON not in answer
