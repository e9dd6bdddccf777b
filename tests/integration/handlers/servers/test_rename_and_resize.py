"""`rename` and `resize` in a local Slack: by command and by button."""

from handlers.kit import action_ids
from provisioning.core.errors import PermanentError
from provisioning.core.model.server import Status
from tests.integration.handlers.listeners.test_clicks import answered
from tests.integration.handlers.world import until


async def test_rename_says_what_stays(place):
    await place.server("sales", status=Status.RUNNING)
    assert "its address" in await place.type("rename sales forecasts")
    assert "forecasts" in await place.type("list")
    assert "needs a new name" in await place.type("rename forecasts")


async def test_the_card_of_a_creation_shows_the_new_name(place):
    server = await place.server("sales")
    await place.cards.update_progress(server)
    await place.type("rename sales forecasts")
    await place.cards.update_progress(await place.store.get(server.id))

    async def drawn():
        return [m for m in await place.dms() if "Creating `forecasts`" in m["text"]]

    await until(drawn)


async def test_a_running_server_is_resized_after_a_question_with_both_prices(place):
    server = await place.server("sales", status=Status.RUNNING)
    asked = await place.type("resize sales Standard_B2ms")
    assert asked.count("an hour") >= 2
    assert "what runs on it ends" in asked
    assert place.work.asked == []
    await place.click((await place.ephemerals())[-1], action_ids.RESIZE_TO_BUTTON)
    await answered(place, "resizing `sales` from `Standard_B2s`")
    assert place.work.asked == [("resize", server.id)]


async def test_a_stopped_server_is_resized_at_once(place):
    server = await place.server("sales", status=Status.STOPPED)
    assert "resizing `sales`" in await place.type("resize sales standard_b2ms")
    assert place.work.asked == [("resize", server.id)]


async def test_resize_without_a_size_offers_the_available_sizes(place):
    server = await place.server("sales", status=Status.RUNNING)
    listed = await place.type("resize sales")
    assert f"{server.id}/Standard_B2ms" in listed
    assert '"confirm"' in listed


async def test_a_refused_size_is_answered_with_the_others(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.cloud.failures["check_resize"] = [PermanentError("It is full.", "QuotaExceeded")]
    refused = await place.type("resize sales Standard_B2ms")
    assert "It is full." in refused
    assert f"{server.id}/Standard_D2s_v5" in refused
