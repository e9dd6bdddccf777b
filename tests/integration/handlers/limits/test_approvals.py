"""A creation beyond its member's limits: asked, approved, declined, withdrawn, expired, once."""

import asyncio
from datetime import timedelta

import pytest

from bot.process.clock import SystemClock
from handlers.kit import action_ids
from handlers.limits.approval_cards import DECLINE_FORM
from provisioning.core.errors import UserError
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from provisioning.limits.approval import ApprovalStatus
from tests.integration.handlers.world import until, world


async def asked(place, text="create ubuntu four"):
    """Request Ana's fourth server of at most three; return the answer and the approver's card."""
    for name in ("one", "two", "three"):
        await place.server(name, status=Status.RUNNING)
    answer = await place.type(text)

    async def card():
        found = [each for each in await place.dms("U_EVE") if "beyond their" in each["text"]]
        return found[-1] if found else None

    return answer, await until(card)


async def dm_with(place, words, user="U_ANA"):
    async def found():
        return [each for each in await place.dms(user) if words in str(each)]

    return await until(found)


async def begun(place):
    """Return the engine's jobs; a server's row exists a moment before its job."""
    return place.work.asked


async def test_the_member_reads_who_was_asked_and_the_approver_reads_what_and_why(place):
    answer, card = await asked(place)
    assert "I asked <@U_EVE>" in answer
    assert "server 4 of at most 3" in answer
    shown = str(card)
    for words in ("<@U_ANA>", "four", "Standard_B2s", "$0.0416", "$10 a month", "server 4 of at"):
        assert words in shown
    assert await place.store.find("four") is None
    assert place.work.asked == []


async def test_an_approval_creates_the_server_for_its_requester(place):
    _, card = await asked(place)
    await place.click(card, action_ids.APPROVE_BUTTON, user="U_EVE")

    (job,) = await until(lambda: begun(place))
    server = await place.store.find("four")
    assert (server.owner, server.status) == ("U_ANA", Status.CREATING)
    assert job == ("create", server.id)
    (redrawn,) = await dm_with(place, "approved it", "U_EVE")
    assert action_ids.APPROVE_BUTTON not in str(redrawn["blocks"])
    await dm_with(place, "approved it")
    actions = [event.action for event in await place.stores.audit.events()]
    assert {"ask", "decide", "create"} <= set(actions)


async def test_two_approvals_at_once_create_one_server_and_the_second_reads_so(tmp_path):
    async with world(tmp_path, approvers=("U_EVE", "U_BOB"), admins=("U_EVE",)) as place:
        _, card = await asked(place)
        (bobs,) = await dm_with(place, "한도를 넘는", "U_BOB")
        await asyncio.gather(
            place.click(card, action_ids.APPROVE_BUTTON, user="U_EVE"),
            place.click(bobs, action_ids.APPROVE_BUTTON, user="U_BOB"),
        )

        async def second_told():
            both = [*await place.ephemerals("U_EVE"), *await place.ephemerals("U_BOB")]
            return [m for m in both if "already" in m["text"] or "이미" in m["text"]]

        await until(second_told)
        (job,) = await until(lambda: begun(place))
        assert job == ("create", (await place.store.find("four")).id)


async def test_a_click_by_a_member_who_is_no_approver_is_refused(place):
    await asked(place)
    (approval,) = await place.stores.approvals.approvals(ApprovalStatus.PENDING)
    with pytest.raises(UserError, match="Only approvers can decide"):
        await place.approvals.approve(Member("U_BOB"), approval.id)
    assert await place.store.find("four") is None


async def test_a_refusal_has_a_reason_that_the_member_reads(place):
    _, card = await asked(place)
    await place.click(card, action_ids.DECLINE_BUTTON, user="U_EVE")

    async def form():
        view = await place.modal("U_EVE")
        return view if view and view["callback_id"] == DECLINE_FORM else None

    await until(form)
    await place.submit({"reason": "Stop `one` first, please."}, user="U_EVE")
    answer = await dm_with(place, "Stop `one` first")
    assert "<@U_EVE> declined it" in str(answer)
    assert await place.store.find("four") is None
    (approval,) = await place.stores.approvals.approvals(ApprovalStatus.DECLINED)
    with pytest.raises(UserError, match="<@U_EVE> has already declined"):
        await place.approvals.approve(Member("U_EVE"), approval.id)
    assert await place.store.find("four") is None


async def test_a_member_withdraws_and_a_late_approval_does_nothing(place):
    _, card = await asked(place)
    (own,) = await dm_with(place, "I asked")
    await place.click(own, action_ids.WITHDRAW_BUTTON)
    (redrawn,) = await dm_with(place, "was withdrawn", "U_EVE")
    assert (redrawn["ts"], action_ids.APPROVE_BUTTON in str(redrawn)) == (card["ts"], False)
    (approval,) = await place.stores.approvals.approvals(ApprovalStatus.WITHDRAWN)
    with pytest.raises(UserError, match="has withdrawn"):
        await place.approvals.approve(Member("U_EVE"), approval.id)
    assert await place.store.find("four") is None


async def test_only_the_requester_withdraws_a_question(place):
    await asked(place)
    (approval,) = await place.stores.approvals.approvals(ApprovalStatus.PENDING)
    with pytest.raises(UserError, match="does not exist"):
        await place.approvals.withdraw(Member("U_BOB"), approval.id)
    assert len(await place.stores.approvals.approvals(ApprovalStatus.PENDING)) == 1


async def test_an_unanswered_question_expires_and_the_member_is_notified(place):
    await asked(place)
    await dm_with(place, "I asked")
    later = SystemClock().now() + timedelta(days=4)
    await place.approvals.tick(later)
    await place.approvals.tick(later + timedelta(minutes=1))
    await dm_with(place, "No approver decided in time")


async def test_the_next_tick_finishes_an_approval_that_a_crash_interrupted(place):
    """The process ends between the decision and the creation."""
    _, card = await asked(place)
    (approval,) = await place.stores.approvals.approvals(ApprovalStatus.PENDING)
    place.work.broken = RuntimeError("the process ends here")
    await place.click(card, action_ids.APPROVE_BUTTON, user="U_EVE")
    await place.tasks.drain(60)
    place.work.broken = None
    for _ in range(2):
        await place.approvals.tick(SystemClock().now() + timedelta(minutes=1))
    server = await place.store.find("four")
    assert place.work.asked == [("create", server.id)]
    assert (await place.stores.approvals.approval(approval.id)).server_id == server.id


async def test_an_approval_lifts_limits_and_no_other_checks(place):
    _, card = await asked(place)
    await place.server("four", owner="U_BOB", status=Status.RUNNING)
    await place.click(card, action_ids.APPROVE_BUTTON, user="U_EVE")
    answer = await dm_with(place, "could not create the server")
    assert "a server named" in str(answer)
    assert len(await place.store.list_servers("U_ANA")) == 3


async def test_the_question_goes_to_the_admin_channel_where_one_is_set(tmp_path):
    async with world(tmp_path, admin_channel="C_GENERAL") as place:
        for name in ("one", "two", "three"):
            await place.server(name, status=Status.RUNNING)
        await place.type("create ubuntu four")

        async def card():
            posted = await place.messages("U_EVE")
            return [m for m in posted if m["channel"] == "C_GENERAL" and "beyond" in m["text"]]

        (question,) = await until(card)
        await place.click(question, action_ids.APPROVE_BUTTON, user="U_BOB")
        await place.tasks.drain(60)
        assert await place.store.find("four") is None
        await place.click(question, action_ids.APPROVE_BUTTON, user="U_EVE")
        await place.tasks.drain(60)
        assert await place.store.find("four") is not None


async def test_an_admin_sets_a_members_own_limits(place):
    assert "*Each member, without approval*\\n3 servers" in await place.type(
        "admin limits", user="U_EVE"
    )
    answer = await place.type("admin limits @ana servers=1 cores=2", user="U_EVE")
    assert "<@U_ANA> may have 1 server, 2 cores, only westeurope, northeurope (their own)" in answer
    assert "I'm creating" in await place.type("create ubuntu one")
    answer = await place.type("create ubuntu two")
    assert "server 2 of at most 1" in answer
    assert "4 cores of at most 2" in answer
    assert "(their own)" not in await place.type("admin limits @ana default", user="U_EVE")
    assert "I'm creating" in await place.type("create ubuntu three")
    assert "for admins of this bot" in await place.type("admin limits @ana cores=0")
