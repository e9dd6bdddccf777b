"""Transfers by an admin, and the servers of members who have left."""

import asyncio

import pytest

from handlers.kit import action_ids
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


async def answered(place, message, action_id, user="U_EVE", value=None):
    """Click, and return the answer that the member then reads."""
    before = len(await place.ephemerals(user))
    body = {"user": user, "channel": message["channel"], "ts": message["ts"]}
    body |= {"action_id": action_id} | ({"value": value} if value else {})
    await place._call("POST", "actions", json=body)

    async def new_answer():
        found = await place.ephemerals(user)
        is_new = len(found) > before or (found and found[-1]["edits"])
        return found[-1]["text"] if is_new else None

    return await until(new_answer)


async def the_question(place, text):
    await place.type(text, user="U_EVE")
    return (await place.ephemerals("U_EVE"))[-1]


async def leaves(place, user="U_ANA", deleted=True):
    await place._call("POST", "people", json={"user": user, "deleted": deleted})


async def the_offers(place):
    return [each for each in await place.dms("U_EVE") if "deactivated" in each["text"]]


async def owners(place):
    return {each.name: each.owner for each in await place.store.list_servers()}


async def test_an_admin_transfers_a_server_after_a_confirmation(place):
    await place.server("sales", status=Status.RUNNING)
    question = await the_question(place, "admin transfer sales @bob")
    assert await owners(place) == {"sales": "U_ANA"}
    text = await answered(place, question, action_ids.ADMIN_TRANSFER_BUTTON)
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
    text = await answered(place, question, action_ids.ADMIN_TRANSFER_ALL_BUTTON)
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


async def test_admins_are_notified_once_of_a_leaver_with_servers(place):
    await place.server("sales", status=Status.RUNNING)
    await place.faults(event_retries=2)
    await leaves(place)

    async def offered():
        return await the_offers(place)

    (card,) = await until(offered)
    assert "`sales`" in str(card["blocks"])
    await leaves(place)
    await place.leavers.tick(None)
    await place.tasks.drain(60)
    assert len(await the_offers(place)) == 1


async def test_admins_are_not_notified_of_a_leaver_without_servers(place):
    await leaves(place, "U_BOB")
    await place.tasks.drain(60)
    assert await the_offers(place) == []


async def test_another_change_of_a_profile_notifies_no_admin(place):
    await place.server("sales", status=Status.RUNNING)
    await leaves(place, deleted=False)
    await place.tasks.drain(60)
    assert await the_offers(place) == []


async def test_the_daily_check_finds_leavers_without_an_event_and_members_who_returned(place):
    await place.server("sales", status=Status.RUNNING)
    place.slack.workspace.deactivated.add("U_ANA")
    await place.leavers.tick(None)
    assert len(await the_offers(place)) == 1
    place.slack.workspace.deactivated.clear()
    await place.leavers.tick(None)
    assert await place.leavers.posted.unposted(["leaver:U_ANA"])


async def test_while_slack_does_not_answer_no_member_counts_as_a_leaver(place):
    await place.server("sales", status=Status.RUNNING)
    fault = {"error": "internal_error", "status": 500, "count": 9}
    await place.faults(fail={"users.info": fault})
    await place.leavers.tick(None)
    assert await the_offers(place) == []


async def test_the_card_transfers_all_servers_to_the_member_whom_the_admin_picks(place):
    await place.server("sales", status=Status.RUNNING)
    await leaves(place)

    async def offered():
        return await the_offers(place)

    (card,) = await until(offered)
    text = await answered(place, card, action_ids.LEAVER_PICKER, value="U_BOB")
    assert "<@U_BOB> now owns `sales`" in text
    assert await owners(place) == {"sales": "U_BOB"}
    text = await answered(place, card, action_ids.LEAVER_PICKER, value="U_BOB")
    assert "<@U_ANA> has no servers" in text


@pytest.mark.parametrize(
    ("action_id", "text", "status", "job"),
    [
        (action_ids.LEAVER_STOP_BUTTON, "I'm stopping `sales`", Status.STOPPING, "stop"),
        (action_ids.LEAVER_DELETE_BUTTON, "I'm deleting `sales`", Status.DELETING, "delete"),
    ],
)
async def test_the_card_stops_or_deletes_all_servers_once(place, action_id, text, status, job):
    server = await place.server("sales", status=Status.RUNNING)
    await leaves(place)

    async def offered():
        return await the_offers(place)

    (card,) = await until(offered)
    assert text in await answered(place, card, action_id)
    assert "now" in await answered(place, card, action_id)
    assert (await place.store.get(server.id)).status is status
    assert place.work.asked == [(job, server.id)]


async def test_only_admins_can_click(place):
    """A message can be shared, so each click on its buttons checks the rights again."""
    server = await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    for use in (place.handover.stop_all, place.handover.delete_all):
        with pytest.raises(Exception, match="Only admins of this bot"):
            await use(place.member("U_ANA"), "U_BOB")
    assert (await place.store.get(server.id)).status is Status.RUNNING
