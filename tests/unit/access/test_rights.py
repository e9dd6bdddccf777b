"""The rights of a server's owner, its guests and all other members."""

import pytest

from provisioning.access.rights import ServerId
from provisioning.core.errors import UserError
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from tests.unit.servers.test_servers import ANA, BOB, House, house  # noqa: F401 - a fixture

EVE = Member("U_EVE", "eve")


async def shared(house: House, status=Status.RUNNING):  # noqa: F811
    """Return Ana's server `sales`, shared with Bob."""
    server = await house.created(name="sales", status=status)
    await house.sharing.share(ANA, ServerId(server.id), BOB)
    house.work.begun.clear()
    return server


async def refusal(request) -> str:
    with pytest.raises(UserError) as refused:
        await request
    return refused.value.message


async def test_a_share_is_stored_and_begun_once(house):  # noqa: F811
    server = await house.created(name="sales")
    house.work.begun.clear()
    sharing = house.sharing
    await sharing.share(ANA, ServerId(server.id), BOB)
    assert "already" in await refusal(sharing.share(ANA, ServerId(server.id), BOB))
    assert house.work.begun == [("people", server.id)]
    assert [share.member for share in await sharing.shares(ANA, ServerId(server.id))] == ["U_BOB"]


async def test_a_guest_sees_the_server_and_can_not_change_it(house):  # noqa: F811
    server = await shared(house)
    servers, sharing, rights = house.servers, house.sharing, house.rights
    assert [each.name for each in await servers.list(BOB)] == ["sales"]
    assert (await rights.find(BOB, "sales")).id == server.id
    for verb, request in {
        "stop": servers.stop(BOB, ServerId(server.id)),
        "restart": servers.restart(BOB, ServerId(server.id)),
        "delete": servers.delete(BOB, ServerId(server.id)),
        "share": sharing.share(BOB, ServerId(server.id), EVE),
        "transfer": sharing.transfer(BOB, ServerId(server.id), BOB),
    }.items():
        assert f"can {verb} it" in await refusal(request), verb
    assert "Only its owner can delete" in await refusal(servers.check_delete(BOB, "sales"))
    assert house.work.begun == []


async def test_for_other_members_the_server_does_not_exist(house):  # noqa: F811
    server = await shared(house)
    servers, sharing, rights = house.servers, house.sharing, house.rights
    assert await servers.list(EVE) == []
    assert "no server named `sales`" in await refusal(rights.find(EVE, "sales"))
    for request in (
        rights.find(EVE, ServerId(server.id)),
        servers.stop(EVE, ServerId(server.id)),
        servers.reset_password(EVE, ServerId(server.id), "t"),
        sharing.share(EVE, ServerId(server.id), EVE),
        sharing.unshare(EVE, ServerId(server.id), BOB),
        sharing.shares(EVE, ServerId(server.id)),
    ):
        assert "does not exist" in await refusal(request)


async def test_a_guest_requests_a_password_of_their_own(house):  # noqa: F811
    server = await shared(house)
    await house.stores.shares.note_invitation(
        server.id, "U_BOB", house.clock.now(), Delivery("D", "1")
    )
    await house.servers.reset_password(BOB, "sales", "t1")
    assert house.work.begun == [("people", server.id)]
    (share,) = await house.stores.shares.shares(server.id)
    assert share.password_sent_at is None


async def test_a_guest_whose_first_password_is_still_due_may_ask_for_it(house):  # noqa: F811
    server = await shared(house)
    await house.servers.reset_password(BOB, "sales", "t1")
    assert house.work.begun == [("people", server.id)]


async def test_after_the_end_of_a_share_the_server_does_not_exist_for_the_guest(house):  # noqa: F811
    server = await shared(house)
    sharing = house.sharing
    await sharing.unshare(ANA, ServerId(server.id), BOB)
    assert "does not exist" in await refusal(house.rights.find(BOB, ServerId(server.id)))
    assert "not shared with <@U_BOB>" in await refusal(
        sharing.unshare(ANA, ServerId(server.id), BOB)
    )
    assert house.work.begun == [("people", server.id)]


async def test_a_transfer_gives_the_server_to_the_new_owner_alone(house):  # noqa: F811
    server = await shared(house)
    await house.sharing.transfer(ANA, ServerId(server.id), BOB)
    assert [each.name for each in await house.servers.list(BOB)] == ["sales"]
    assert await house.servers.list(ANA) == []
    assert "does not exist" in await refusal(house.sharing.transfer(ANA, ServerId(server.id), EVE))
    (event, *_) = await house.stores.audit.events(server.id)
    assert (event.actor, event.action, event.detail) == ("U_ANA", "transfer", "sales U_BOB")


async def test_a_transfer_beyond_the_new_owners_limits_is_refused(house):  # noqa: F811
    for number in range(3):
        await house.created(actor=BOB, name=f"bob-{number}")
    server = await house.created(name="sales")
    message = await refusal(house.sharing.transfer(ANA, ServerId(server.id), BOB))
    assert "limit" in message


@pytest.mark.parametrize(
    "status", [Status.CREATING, Status.STOPPING, Status.STARTING, Status.DELETING]
)
async def test_a_server_between_two_states_is_not_transferred(house, status):  # noqa: F811
    server = await house.created(name="sales", status=status)
    message = await refusal(house.sharing.transfer(ANA, ServerId(server.id), BOB))
    assert "running or stopped" in message


async def test_a_deleting_server_is_not_shared_and_the_owner_is_no_guest(house):  # noqa: F811
    server = await house.created(name="sales", status=Status.DELETING)
    assert "can't be shared" in await refusal(house.sharing.share(ANA, ServerId(server.id), BOB))
    assert "yours already" in await refusal(house.sharing.share(ANA, ServerId(server.id), ANA))
