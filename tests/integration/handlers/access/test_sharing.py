"""Sharing in the local Slack, by command, picker and button, and the messages that follow."""

from datetime import UTC, datetime, timedelta

from handlers.kit import action_ids
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Share
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "k7mqz-aaaaa-bbbbb-ccccc"


async def shared(place, **changes):
    """Ana's `sales`, shared with Bob by command."""
    server = await place.server("sales", status=changes.pop("status", Status.RUNNING))
    await place.type("share sales @bob")
    place.work.asked.clear()
    return server


async def members(place, server):
    return [
        each.member for each in await place.stores.shares.shares(server.id) if not each.ended_at
    ]


async def answered(place, words, user="U_ANA"):
    async def find():
        return [each for each in await place.ephemerals(user) if words in str(each)]

    return (await until(find))[-1]


async def test_a_share_by_mention_says_what_is_shared_and_how_to_sign_in(place):
    server = await place.server("sales", status=Status.RUNNING)
    answer = await place.type("share sales @bob")
    assert "share its files and kernels" in answer
    assert "yours is `U_ANA`" in answer
    assert await members(place, server) == ["U_BOB"]
    assert place.work.asked == [("people", server.id)]
    assert "already" in await place.type("share sales <@U_BOB>")
    assert place.work.asked == [("people", server.id)]


async def test_a_share_of_a_stopped_server_says_when_it_takes_effect(place):
    await place.server("sales", status=Status.STOPPED)
    assert "at its next start" in await place.type("share sales @bob")
    assert "from its next start" in await place.type("unshare sales @bob")


async def test_a_server_is_not_shared_outside_the_allowed_group(place):
    server = await place.server("sales", status=Status.RUNNING)
    refused = await place.type("share sales @mal")
    assert "<@U_MAL> may not use notebook servers" in refused
    assert "<@U_EVE>" in refused
    for who, words in {
        "<@U_NOBODY>": "can't find",
        "@nobody": "can't find",
        "<@U_BOT>": "A bot",
        "@ana": "yours already",
        "bob!": "does not name a person",
    }.items():
        assert words in await place.type(f"share sales {who}"), who
    assert await members(place, server) == []
    assert place.work.asked == []


async def test_without_a_person_the_answer_has_a_picker(place):
    server = await place.server("sales", status=Status.RUNNING)
    assert "files and kernels" in await place.type("share sales")
    question = (await place.ephemerals())[-1]
    body = {"user": "U_ANA", "channel": question["channel"], "ts": question["ts"]}
    pick = body | {"action_id": action_ids.SHARE_PICKER, "value": "U_BOB"}
    await place._call("POST", "actions", json=pick)
    await answered(place, "sharing `sales` with <@U_BOB>")
    assert await members(place, server) == ["U_BOB"]


async def test_the_guest_sees_the_server_until_the_owner_clicks_to_stop_sharing(place):
    server = await shared(place)
    listed = await place.type("list", "U_BOB")
    assert "<@U_ANA> 님이 공유함" in listed
    assert action_ids.DELETE_BUTTON not in listed
    assert "<@U_ANA> 님이 공유함" in await place.type("status sales", "U_BOB")
    assert "소유자에게 요청하세요: 삭제" in await place.type("delete sales", "U_BOB")
    assert "no server named" in await place.type("status sales", "U_EVE")
    assert "no server named" in await place.type("unshare sales @bob", "U_EVE")

    await place.type("status sales")
    status = (await place.ephemerals())[-1]
    assert "Shared with <@U_BOB>" in str(status)
    await place.click(status, action_ids.UNSHARE_BUTTON)
    await answered(place, "ending <@U_BOB>'s access")
    assert await members(place, server) == []
    assert "`sales` 서버가 없습니다" in await place.type("status sales", "U_BOB")


async def test_a_transfer_asks_first(place):
    server = await shared(place)
    asked = await place.type("transfer sales @bob")
    assert "You lose access" in asked
    assert (await place.store.get(server.id)).owner == "U_ANA"
    await place.click((await place.ephemerals())[-1], action_ids.TRANSFER_BUTTON)
    await answered(place, "now belongs to <@U_BOB>")
    assert (await place.store.get(server.id)).owner == "U_BOB"
    assert place.work.asked == [("people", server.id)]
    assert "no server named" in await place.type("status sales")


async def test_the_invitation_goes_only_to_the_guest_and_loses_its_password(place):
    server = await place.server("sales", status=Status.RUNNING)
    share = Share(server.id, "U_BOB", "bob", NOW)
    ends = datetime.now(UTC) + timedelta(hours=24)
    first = await place.cards.post_invitation(server, share, PASSWORD, ends)
    assert first.channel == "D_BOB"
    (invitation,) = await place.dms("U_BOB")
    assert f"`{server.url}`" in invitation["text"]
    assert f"`{PASSWORD}`" in invitation["text"]
    assert "파일과 커널" in str(invitation)
    for other in ("U_ANA", "U_EVE"):
        assert PASSWORD not in str(await place.messages(other))

    again = Share(server.id, "U_BOB", "bob", NOW, card_channel="D_BOB", card_ts=first.ts)
    second = await place.cards.post_invitation(server, again, "another-one-time", ends)
    assert PASSWORD not in str(await place.messages("U_BOB"))
    place_of = Delivery("D_BOB", second.ts)
    ended = Share(server.id, "U_BOB", "bob", NOW, NOW, NOW, place_of.channel, place_of.ts)
    await place.cards.update_invitation(server, ended)
    assert "another-one-time" not in str(await place.messages("U_BOB"))
    assert "더 이상 접근할 수 없습니다" in str(await place.dms("U_BOB"))


async def test_a_retried_envelope_shares_once(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.faults(duplicate_envelopes=1)
    await place.type("share sales @bob")
    assert await members(place, server) == ["U_BOB"]
    assert place.work.asked == [("people", server.id)]
