"""Buttons: acknowledged at once, checked again, and never twice."""

import pytest

from handlers.kit import action_ids
from provisioning.access.rights import ServerId
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


async def question(place, name="sales"):
    """Type `delete`, and return its answer."""
    await place.type(f"delete {name}")
    return (await place.ephemerals())[-1]


async def answered(place, words):
    async def find():
        return [each for each in await place.ephemerals() if words in str(each)]

    return await until(find)


async def test_delete_asks_first_and_says_what_will_be_lost(place):
    server = await place.server("sales", status=Status.RUNNING)
    asked = str(await question(place))
    assert "all notebooks" in asked
    assert "'confirm'" in asked
    assert place.work.asked == []
    assert (await place.store.get(server.id)).status is Status.RUNNING


@pytest.mark.parametrize("status", [Status.RUNNING, Status.CREATING])
async def test_the_confirmed_delete_begins_and_takes_the_place_of_the_question(place, status):
    server = await place.server("sales", status=status)
    await place.click(await question(place), action_ids.DELETE_BUTTON)
    await answered(place, "deleting `sales`")
    assert place.work.asked == [("delete", server.id)]
    assert not [each for each in await place.ephemerals() if "'danger'" in str(each)]


async def test_keep_changes_nothing_and_takes_the_buttons_away(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.click(await question(place), action_ids.KEEP_BUTTON)
    await answered(place, "stays as it is")
    assert (await place.store.get(server.id)).status is Status.RUNNING
    assert not [each for each in await place.ephemerals() if "'danger'" in str(each)]


async def test_a_second_delete_is_refused_while_the_first_is_under_way(place):
    server = await place.server("sales", status=Status.RUNNING)
    first = await question(place)
    second = await question(place)
    await place.click(first, action_ids.DELETE_BUTTON)
    await answered(place, "deleting `sales`")
    await place.click(second, action_ids.DELETE_BUTTON)
    await answered(place, "already being deleted")
    assert place.work.asked == [("delete", server.id)]


async def test_a_click_that_is_delivered_twice_acts_once(place):
    server = await place.server("sales", status=Status.RUNNING)
    delivery = await place.cards.post_ready(server, "one-time")
    (card,) = await place.dms()
    assert card["ts"] == delivery.ts
    await place.faults(duplicate_envelopes=1)
    await place.click(card, action_ids.PASSWORD_BUTTON)
    await answered(place, "on its way")
    await place.tasks.drain(60)
    assert place.work.asked == [("password", server.id)]


async def test_a_click_on_a_card_leaves_the_card_alone(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.cards.post_ready(server, "one-time")
    (card,) = await place.dms()
    await place.click(card, action_ids.DELETE_BUTTON)

    async def deleting():
        return "deleting `sales`" in str(await place.modal())

    await until(deleting)
    (after,) = await place.dms()
    assert after["blocks"] == card["blocks"]


async def test_rights_are_checked_at_the_click(place):
    server = await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    posted = await place.client.chat_postMessage(
        channel="C_GENERAL",
        text="a forged card",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "Delete"},
                        "action_id": action_ids.DELETE_BUTTON,
                        "value": server.id,
                    }
                ],
            }
        ],
    )
    await place.click({"channel": "C_GENERAL", "ts": posted["ts"]}, action_ids.DELETE_BUTTON)
    await answered(place, "does not exist")
    assert place.work.asked == []


async def test_buttons_that_only_open_an_address_are_acknowledged(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.cards.post_ready(server, "one-time")
    (card,) = await place.dms()
    assert (await place.click(card, action_ids.OPEN_BUTTON))["error"] is None


async def deleted_with_a_snapshot(place, name="sales"):
    """Return a server that was deleted with a snapshot, as the engine leaves it."""
    server = await place.server(name, status=Status.RUNNING)
    deleting = await place.servers.delete_with_copy(Member("U_ANA"), ServerId(server.id))
    place.work.asked.clear()
    return await place.store.update(
        server.id, deleting.generation, status=Status.DELETED, ended_at=deleting.created_at
    )


async def test_the_question_can_be_answered_with_a_snapshot(place):
    server = await place.server("sales", status=Status.RUNNING)
    asked = await question(place)
    assert "keep a snapshot for 7 days" in str(asked)
    await place.click(asked, action_ids.DELETE_WITH_COPY_BUTTON)
    await answered(place, "after a snapshot of its disk")
    assert place.work.asked == [("delete_with_copy", server.id)]


async def test_a_deleted_server_with_a_snapshot_is_listed_and_restored_by_its_button(place):
    server = await deleted_with_a_snapshot(place)
    assert "can be restored until" in await place.type("list")
    listed = (await place.ephemerals())[-1]
    await place.click(listed, action_ids.UNDO_BUTTON)
    await answered(place, "restoring `sales`")
    assert place.work.asked == [("undo", server.id)]


async def test_undo_by_command_restores_a_server_or_is_refused(place):
    assert "no snapshot of a deleted `sales`" in await place.type("undo sales")
    await deleted_with_a_snapshot(place)
    assert "스냅샷이 없습니다" in await place.type("undo sales", user="U_BOB")
    assert "restoring `sales`" in await place.type("undo sales")
    assert "already" in await place.type("undo sales")


async def test_the_card_of_a_deleted_server_has_the_button_to_undo(place):
    server = await deleted_with_a_snapshot(place)
    await place.cards.update_state(server)
    (card,) = await place.dms()
    await place.click(card, action_ids.UNDO_BUTTON)
    await answered(place, "restoring")
    assert place.work.asked == [("undo", server.id)]
