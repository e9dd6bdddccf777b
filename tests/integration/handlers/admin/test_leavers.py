"""Members who have left: their access ends, and admins decide about their servers."""

import pytest

from bot.slack.membership import SlackMembership
from handlers.kit import action_ids
from provisioning.core.model.events import Event
from provisioning.core.model.people import MemberKey, Share, Standing
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until, world


async def offers(place, words="deactivated", user="U_EVE"):
    return [each for each in await place.dms(user) if words in each["text"]]


async def offered(place, words="deactivated", user="U_EVE"):
    async def found():
        return await offers(place, words, user)

    return (await until(found))[0]


async def share(place, server, member="U_BOB"):
    now = server.created_at
    event = Event(now, server.owner, "share", server.id, "accepted")
    await place.stores.shares.add_share(Share(server.id, member, member, now), event)


async def add_key(place, member="U_BOB"):
    now = place.bot.edges.clock.now()
    key = MemberKey(member, f"SHA256:{member}", f"ssh-ed25519 {member}", "laptop", now)
    event = Event(now, member, "key added", None, "accepted")
    await place.stores.member_keys.add_key(key, event)


async def is_open(place, server, member="U_BOB"):
    found = await place.stores.shares.shares(server.id)
    return any(each.member == member and each.ended_at is None for each in found)


async def test_a_guest_who_leaves_loses_each_share_and_key(place):
    sales = await place.server("sales", status=Status.RUNNING)
    models = await place.server("models", owner="U_EVE", status=Status.STOPPED)
    for server in (sales, models):
        await share(place, server)
    await add_key(place)
    place.work.taken()
    await place.change_person("U_BOB", deleted=True)
    card = await offered(place)
    assert not await is_open(place, sales)
    assert not await is_open(place, models)
    assert await place.stores.member_keys.member_keys(["U_BOB"]) == []
    assert sorted(place.work.taken()) == sorted([("people", sales.id), ("people", models.id)])
    assert (await place.store.get(models.id)).access_list.is_due
    text = str(card["blocks"])
    assert "`models`, `sales`" in text
    assert "1 SSH key was removed" in text
    assert "still own" not in text
    event = next(each for each in await place.stores.audit.events() if each.action == "left")
    assert (event.actor, event.result, event.detail) == ("engine", "deactivated", "U_BOB")


async def test_the_own_servers_of_a_leaver_are_closed_and_go_on(place):
    server = await place.server("sales", status=Status.RUNNING)
    await share(place, server)
    place.work.taken()
    await place.change_person("U_ANA", deleted=True)
    card = await offered(place)
    closed = await place.store.get(server.id)
    assert closed.closed_at is not None
    assert closed.status is Status.RUNNING
    assert place.work.taken() == [("people", server.id)]
    assert await is_open(place, server)
    assert "`sales`" in str(card["blocks"])
    assert "closed to them" in str(card["blocks"])


async def test_admins_are_notified_once_of_a_leaver(place):
    await place.server("sales", status=Status.RUNNING)
    await place.faults(event_retries=2)
    await place.change_person("U_ANA", deleted=True)
    await offered(place)
    await place.change_person("U_ANA", deleted=True)
    await place.leavers.tick()
    await place.tasks.drain(60)
    assert len(await offers(place)) == 1


async def test_admins_are_not_notified_of_a_leaver_without_access(place):
    await place.change_person("U_BOB", deleted=True)
    await place.leavers.tick()
    await place.tasks.drain(60)
    assert await offers(place) == []


async def test_another_change_of_a_profile_ends_nothing(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.change_person("U_ANA", deleted=False)
    await place.tasks.drain(60)
    assert await offers(place) == []
    assert (await place.store.get(server.id)).closed_at is None


async def test_the_check_of_each_minute_finds_a_leaver_without_an_event(place):
    server = await place.server("sales", owner="U_EVE", status=Status.RUNNING)
    await share(place, server)
    place.slack.workspace.deactivated.add("U_BOB")
    await place.leavers.tick()
    assert not await is_open(place, server)
    assert len(await offers(place)) == 1


async def test_the_schedule_checks_each_minute(place):
    assert place.work.schedules["leavers"].cron == "* * * * *"


async def test_a_member_who_leaves_the_group_loses_access_and_learns_why(place):
    server = await place.server("sales", owner="U_EVE", status=Status.RUNNING)
    await share(place, server)
    await place.server("ana", status=Status.RUNNING)
    own = await place.server("bob", owner="U_BOB", status=Status.RUNNING)
    assert "bob: " in await place.type("list", user="U_BOB")
    await place.change_person("U_BOB", groups=[])
    await offered(place, "no longer in a group")
    assert not await is_open(place, server)
    assert (await place.store.get(own.id)).closed_at is not None
    told = await offered(place, "그룹", user="U_BOB")
    assert "`bob`" in told["text"]
    assert "<@U_EVE>" in told["text"]


async def test_while_slack_does_not_answer_nothing_is_ended(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.slack.workspace.group.discard("U_ANA")
    fault = {"error": "internal_error", "status": 500, "count": 99}
    await place.faults(fail={"users.info": fault, "usergroups.users.list": fault})
    await place.leavers.tick()
    assert (await place.store.get(server.id)).closed_at is None
    assert await place.dms("U_EVE") == []


@pytest.mark.parametrize("who_is_left", [(), ("U_MAL",)])
async def test_if_most_members_seem_to_have_left_an_admin_is_asked_once(place, who_is_left):
    servers = [
        await place.server(owner[2:].lower(), owner=owner, status=Status.RUNNING)
        for owner in ("U_ANA", "U_BOB", "U_EVE")
    ]
    place.slack.workspace.group = set(who_is_left)
    for _ in range(2):
        await place.leavers.tick()
    (card,) = await offers(place, "The group or the bot's settings may be wrong")
    assert [(await place.store.get(each.id)).closed_at for each in servers] == [None] * 3
    answer = await place.answer_to_click(card, action_ids.LEAVERS_CONFIRM_BUTTON)
    assert "<@U_ANA>, <@U_BOB>" in answer
    closed = [(await place.store.get(each.id)).closed_at is not None for each in servers]
    assert closed == [True, True, False]


async def test_a_doubt_that_has_passed_is_asked_again_when_it_returns(place):
    await place.server("sales", status=Status.RUNNING)
    group, place.slack.workspace.group = place.slack.workspace.group, set()
    await place.leavers.tick()
    place.slack.workspace.group = group
    place.access.groups_changed()
    await place.leavers.tick()
    place.slack.workspace.group = set()
    place.access.groups_changed()
    await place.leavers.tick()
    assert len(await offers(place, "may be wrong")) == 2


async def test_a_deactivated_account_leaves_no_doubt(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.slack.workspace.deactivated |= {"U_ANA", "U_BOB"}
    await place.leavers.tick()
    assert (await place.store.get(server.id)).closed_at is not None


async def test_a_member_who_is_back_learns_how_and_gets_the_servers_back(place):
    server = await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    shared = await place.server("models", status=Status.RUNNING)
    await share(place, shared)
    await add_key(place)
    await place.change_person("U_BOB", deleted=True)
    card = await offered(place)
    refused = await place.answer_to_click(card, action_ids.LEAVER_GIVE_BACK_BUTTON)
    assert "may not use notebook servers here now" in refused
    await place.change_person("U_BOB", deleted=False)
    back = await offered(place, "may use notebook servers again")
    told = await offered(place, "`models`", user="U_BOB")
    assert "`sales`" in told["text"]
    assert "`keys add`" in told["text"]
    assert "`sales`" in await place.type("password sales", user="U_BOB")
    assert (await place.store.get(server.id)).closed_at is not None
    place.work.taken()
    assert "`sales`" in await place.answer_to_click(back, action_ids.LEAVER_GIVE_BACK_BUTTON)
    opened = await place.store.get(server.id)
    assert (opened.closed_at, opened.password) == (None, None)
    assert place.work.taken() == [("people", server.id)]
    assert "No server of <@U_BOB> is closed" in await place.type("admin give-back @bob", "U_EVE")


async def test_a_member_who_leaves_twice_is_reported_twice(place):
    server = await place.server("sales", owner="U_EVE", status=Status.RUNNING)
    for _ in range(2):
        await share(place, server)
        await place.change_person("U_BOB", deleted=True)
        await place.tasks.drain(60)
        await place.change_person("U_BOB", deleted=False)
        await place.tasks.drain(60)
        await place.stores.shares.forget_share(server.id, "U_BOB")
    assert len(await offers(place)) == 2


async def test_an_owner_who_is_back_only_sees_and_stops_a_closed_server(place):
    await place.server("sales", status=Status.RUNNING)
    await place.change_person("U_ANA", deleted=True)
    await offered(place)
    await place.change_person("U_ANA", deleted=False)
    await place.tasks.drain(60)
    assert "sales: running" in await place.type("list")
    for command in ("password sales", "export sales", "share sales @bob", "connect sales"):
        assert "is closed to you" in await place.type(command)
    assert "closed" not in await place.type("stop sales")


async def test_a_transfer_opens_a_closed_server_to_the_new_owner(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.change_person("U_ANA", deleted=True)
    card = await offered(place)
    text = await place.answer_to_click(card, action_ids.LEAVER_PICKER, value="U_BOB")
    assert "<@U_BOB> now owns `sales`" in text
    moved = await place.store.get(server.id)
    assert (moved.owner, moved.closed_at) == ("U_BOB", None)
    text = await place.answer_to_click(card, action_ids.LEAVER_PICKER, value="U_BOB")
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
    await place.change_person("U_ANA", deleted=True)
    card = await offered(place)
    place.work.taken()
    assert text in await place.answer_to_click(card, action_id)
    assert "now" in await place.answer_to_click(card, action_id)
    assert (await place.store.get(server.id)).status is status
    assert place.work.asked == [(job, server.id)]


async def test_a_notice_that_slack_refused_is_posted_by_the_next_check(place):
    await place.server("sales", status=Status.RUNNING)
    await place.faults(fail={"chat.postMessage": {"error": "internal_error", "count": 1}})
    await place.change_person("U_ANA", deleted=True)
    await place.tasks.drain(60)
    assert await offers(place) == []
    await place.leavers.tick()
    assert len(await offers(place)) == 1


async def test_without_groups_only_a_deactivated_account_has_left(tmp_path):
    async with world(tmp_path, allowed_groups=(), allowed_users=("everybody",)) as place:
        server = await place.server("sales", status=Status.RUNNING)
        place.slack.workspace.group.clear()
        await place.leavers.tick()
        assert (await place.store.get(server.id)).closed_at is None
        place.slack.workspace.deactivated.add("U_ANA")
        await place.leavers.tick()
        assert (await place.store.get(server.id)).closed_at is not None


async def test_accounts_are_looked_up_in_turn(tmp_path):
    async with world(tmp_path, allowed_groups=(), allowed_users=("everybody",)) as place:
        membership = SlackMembership(place.client, place.access, at_once=2)
        people = ["U_ANA", "U_BOB", "U_EVE", "U_MAL"]
        for _ in people:
            await membership.standings(people)
        assert set((await membership.standings(people)).values()) == {Standing.MEMBER}
        place.slack.workspace.deactivated |= {"U_ANA", "U_EVE", "U_MAL"}
        found = set()
        for _ in range(8):
            standings = await membership.standings(people)
            found |= {who for who, each in standings.items() if each.is_gone}
        assert found == {"U_ANA", "U_EVE", "U_MAL"}
