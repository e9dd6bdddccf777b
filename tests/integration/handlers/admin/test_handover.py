"""Transfers by an admin."""

import asyncio

import pytest

from handlers.kit import action_ids
from provisioning.core.model.server import Status


async def the_question(place, text):
    await place.type(text, user="U_EVE")
    return (await place.ephemerals("U_EVE"))[-1]


async def owners(place):
    return {each.name: each.owner for each in await place.store.list_servers()}


async def test_an_admin_transfers_a_server_after_a_confirmation(place):
    await place.server("sales", status=Status.RUNNING)
    question = await the_question(place, "admin transfer sales @bob")
    assert await owners(place) == {"sales": "U_ANA"}
    text = await place.answer_to_click(question, action_ids.ADMIN_TRANSFER_BUTTON)
    assert "`sales` now belongs to <@U_BOB>" in text
    assert await owners(place) == {"sales": "U_BOB"}
    assert [job for job, _ in place.work.asked] == ["people"]
    event = (await place.stores.audit.events())[0]
    assert (event.actor, event.action, event.detail) == ("U_EVE", "transfer", "sales U_ANA U_BOB")


async def test_the_member_named_as_owner_must_be_the_owner(place):
    await place.server("sales", status=Status.RUNNING)
    answer = await place.type("admin transfer sales @bob @eve", user="U_EVE")
    assert "That member has no server `sales`" in answer
    assert "Name the current owner" in await place.type("admin transfer all @bob", user="U_EVE")
    assert "has no servers" in await place.type("admin transfer all @bob @eve", user="U_EVE")


async def test_all_servers_of_a_member_are_transferred_except_those_in_progress(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", status=Status.STOPPED)
    await place.server("half", status=Status.CREATING)
    question = await the_question(place, "admin transfer all @ana @bob")
    text = await place.answer_to_click(question, action_ids.ADMIN_TRANSFER_ALL_BUTTON)
    assert "<@U_BOB> now owns `sales`, `models`" in text
    assert "`half` can't be transferred now" in text
    assert await owners(place) == {"sales": "U_BOB", "models": "U_BOB", "half": "U_ANA"}


async def test_two_clicks_at_once_are_one_transfer(place):
    await place.server("sales", status=Status.RUNNING)
    question = await the_question(place, "admin transfer all @ana @bob")
    # The first answer takes the place of the question: a later click may find it gone.
    await asyncio.gather(
        *(
            place.click(question, action_ids.ADMIN_TRANSFER_ALL_BUTTON, user="U_EVE")
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    await place.tasks.drain(60)
    transfers = [each for each in await place.stores.audit.events() if each.action == "transfer"]
    assert len(transfers) == 1


async def test_only_admins_can_click(place):
    """A message can be shared, so each click on its buttons checks the rights again."""
    server = await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    for use in (place.handover.stop_all, place.handover.delete_all):
        with pytest.raises(Exception, match="Only admins of this bot"):
            await use(place.member("U_ANA"), "U_BOB")
    assert (await place.store.get(server.id)).status is Status.RUNNING
