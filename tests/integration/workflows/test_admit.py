"""The access list, from the database to the machine and the DMs, on the real engine and SQLite."""

import asyncio

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member, MemberKey, Share, Standing
from provisioning.core.model.server import Job, Server, Status
from tests.databases import everything_in, url_of
from tests.integration.workflows.house import House
from tests.integration.workflows.test_workflows import change, ready

pytestmark = pytest.mark.timeout(240)


async def share(house: House, member: str = "U_BOB") -> Server:
    now = house.clock.now()
    event = Event(now, "U_ANA", "share", "s1", "accepted")
    changed = await house.stores.shares.add_share(
        Share("s1", member, member[2:].lower(), now), event
    )
    await house.engine.begin(Job.PEOPLE, changed, f"version-{changed.access_list.version}")
    return changed


async def unshare(house: House, member: str = "U_BOB", *, begin: bool = True) -> Server:
    now = house.clock.now()
    event = Event(now, "U_ANA", "unshare", "s1", "accepted")
    changed = await house.stores.shares.end_share("s1", member, now, event)
    if begin:
        await house.engine.begin(Job.PEOPLE, changed, f"version-{changed.access_list.version}")
    return changed


async def transfer(house: House, to: str = "U_BOB") -> Server:
    server, now = await house.store.get("s1"), house.clock.now()
    event = Event(now, "U_ANA", "transfer", "s1", "accepted")
    changed = await house.stores.shares.transfer(
        server, Member(to, to[2:].lower()), now, event, lambda *_: None
    )
    await house.engine.begin(Job.PEOPLE, changed, f"version-{changed.access_list.version}")
    return changed


async def applied(house: House) -> None:
    async def is_applied() -> bool:
        return not (await house.store.get("s1")).access_list.is_due

    await house.until(is_applied)


async def test_a_guest_gets_one_password_of_their_own(house):
    await ready(house)
    changed = await share(house)
    await house.engine.begin(Job.PEOPLE, changed, "another")
    await house.until_shown("s1", "shared with U_BOB")
    await applied(house)
    assert house.host.people == ["U_ANA", "U_BOB"]
    assert house.host.planted == ["U_ANA", "U_BOB"]
    assert len(house.cards.invitations) == 1
    assert house.cards.invitations[0][1] not in house.cards.passwords


async def test_a_share_of_a_creating_server_begins_when_it_is_ready(house):
    house.cloud.vm_gate = asyncio.Event()
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await share(house)
    house.cloud.vm_gate.set()
    await house.until_shown("s1", "shared with U_BOB")
    assert house.cards.endings("s1")[0] == "ready"


async def test_the_end_of_a_share_closes_the_machine_and_updates_the_invitation(house):
    await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    await unshare(house)
    await house.until_shown("s1", "ended for U_BOB")
    assert house.host.people == ["U_ANA"]
    await applied(house)
    assert await house.stores.shares.shares("s1") == []


async def test_an_unreachable_machine_is_retried_until_a_shares_end_is_applied(house):
    await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    house.host.failures["admit"] = [NotYet("SSH does not answer", 0.01)] * 3
    await unshare(house)
    await house.until_shown("s1", "ended for U_BOB")
    assert house.host.people == ["U_ANA"]


async def test_a_shares_end_that_the_machine_refuses_is_shown_to_the_owner(house):
    await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    house.host.failures["admit"] = [PermanentError("Its disk is full.", "SetUpFailed")]
    await unshare(house)
    await house.until_shown("s1", "running: Its access list could not be applied")
    assert (await house.store.get("s1")).access_list.is_due
    await house.engine.recover()
    await house.until_shown("s1", "ended for U_BOB")

    async def forgotten() -> bool:
        return (await house.store.get("s1")).failure is None

    await house.until(forgotten)


async def test_a_shares_end_that_a_crash_lost_is_begun_again(house):
    await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    await applied(house)
    await unshare(house, begin=False)
    await house.engine.recover()
    await house.until_shown("s1", "ended for U_BOB")
    assert house.host.people == ["U_ANA"]


async def test_an_invitation_that_slack_refused_is_retried_with_another_password(house):
    await ready(house)
    house.cards.down = 2
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    assert house.host.planted == ["U_ANA", *["U_BOB"] * 3]
    assert len(set(house.host.hashes)) == 4
    assert len(house.cards.invitations) == 1


async def test_a_stopped_machine_admits_no_member_until_its_start_applies_the_access_list(house):
    server = await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    stopping = await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    assert house.host.people == []
    await unshare(house)
    await share(house, "U_EVE")
    await change(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "shared with U_EVE")
    assert house.host.people == ["U_ANA", "U_EVE"]
    shown = house.cards.endings("s1")
    assert shown.index("ended for U_BOB") < shown.index("running") < len(shown) - 1


async def test_a_stop_that_the_cloud_refuses_admits_the_members_again(house):
    server = await ready(house)
    house.cloud.failures["stop"] = [PermanentError("A lock is on it.", "ScopeLocked")]
    await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_cleaned("s1", "A lock is on it.")
    assert house.host.people == ["U_ANA"]


async def test_a_machine_that_can_not_be_reached_is_stopped_all_the_same(house):
    server = await ready(house)
    house.host.failures["hold"] = [NotYet("SSH does not answer", 0.01)]
    await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    assert "power" not in house.cloud.resources["s1"]


async def test_a_transfer_gives_the_new_owner_a_password_and_ends_the_former_owners_access(house):
    await ready(house)
    await transfer(house)
    await house.until_shown("s1", "ended for U_ANA")

    async def handed_over() -> bool:
        return len(house.cards.passwords) == 2

    await house.until(handed_over)
    assert house.host.people == ["U_BOB"]
    assert house.host.planted == ["U_ANA", "U_BOB"]
    assert house.cloud.owners == {"s1": "U_BOB"}
    assert (await house.store.get("s1")).password is not None


async def test_a_transferred_stopped_server_admits_its_new_owner_at_its_start(house):
    server = await ready(house)
    stopping = await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    await transfer(house)

    async def tagged() -> bool:
        return house.cloud.owners == {"s1": "U_BOB"}

    await house.until(tagged)
    assert len(house.cards.passwords) == 1
    await change(house, stopping, Job.START, Status.STARTING)

    async def handed_over() -> bool:
        return len(house.cards.passwords) == 2

    await house.until(handed_over)
    assert house.host.people == ["U_BOB"]


async def test_a_deletion_ends_all_shares(house):
    server = await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    await house.delete(server)
    await house.until_shown("s1", "ended for U_BOB")
    assert await house.stores.shares.shared_with("U_BOB") == []


async def test_no_password_of_a_guest_is_in_the_database(house):
    await ready(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    dump = everything_in(url_of(house.folder))
    assert "U_BOB" in dump
    assert house.cards.invitations[0][1] not in dump
    assert "argon2" not in dump


async def a_key(house: House, member: str = "U_ANA") -> MemberKey:
    now = house.clock.now()
    key = MemberKey(member, f"SHA256:{member}", f"ssh-ed25519 {member}", "laptop", now)
    event = Event(now, member, "key added", None, "accepted")
    for server in await house.stores.member_keys.add_key(key, event):
        await house.engine.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")
    return key


async def test_a_machine_has_the_keys_of_its_owner_and_guests_alone(house):
    await ready(house)
    await a_key(house, "U_BOB")
    await a_key(house)
    await applied(house)
    assert house.host.keys == ["ssh-ed25519 U_ANA"]
    await share(house)
    await applied(house)
    assert house.host.keys == ["ssh-ed25519 U_ANA", "ssh-ed25519 U_BOB"]
    await unshare(house)
    await applied(house)
    assert house.host.keys == ["ssh-ed25519 U_ANA"]


async def test_a_new_machine_gets_the_existing_keys_of_its_owner(house):
    await a_key(house)
    await ready(house)
    assert house.host.keys == ["ssh-ed25519 U_ANA"]


async def test_a_key_that_is_removed_during_the_creation_is_not_on_the_machine(house):
    key = await a_key(house)
    house.cloud.vm_gate = asyncio.Event()
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    event = Event(house.clock.now(), "U_ANA", "key removed", None, "accepted")
    for changed in await house.stores.member_keys.remove_key("U_ANA", key.fingerprint, event):
        await house.engine.begin(Job.PEOPLE, changed, f"version-{changed.access_list.version}")
    house.cloud.vm_gate.set()
    await house.until_shown("s1", "ready")
    await applied(house)
    assert house.host.keys == []


async def leave(house: House, member: str = "U_ANA") -> None:
    now = house.clock.now()
    event = Event(now, "engine", "left", None, "deactivated", member)
    ended = await house.stores.departures.leave(member, Standing.DEACTIVATED, now, event)
    for server in ended[1]:
        await house.engine.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")


async def give_back(house: House, *, begin: bool = True) -> None:
    event = Event(house.clock.now(), "U_EVE", "given back", None, "accepted", "U_ANA")
    for server in await house.stores.departures.give_back("U_ANA", event):
        if begin:
            await house.engine.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")


async def test_a_machine_admits_its_guests_and_not_an_owner_who_has_left(house):
    await ready(house)
    await a_key(house)
    await share(house)
    await house.until_shown("s1", "shared with U_BOB")
    await leave(house)
    await applied(house)
    assert (house.host.people, house.host.keys) == (["U_BOB"], [])


async def test_a_closed_server_stays_closed_over_a_stop_and_a_start(house):
    server = await ready(house)
    await leave(house)
    await applied(house)
    stopping = await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    house.host.people = None
    await change(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "running")
    assert house.host.people == []
    assert len(house.cards.passwords) == 1


async def test_an_owner_who_leaves_while_the_server_is_created_gets_no_password(house):
    house.cloud.vm_gate = asyncio.Event()
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await leave(house)
    house.cloud.vm_gate.set()

    async def runs() -> bool:
        return (await house.store.get("s1")).status is Status.RUNNING

    await house.until(runs)
    await applied(house)
    assert (house.cards.passwords, house.host.planted) == ([], [])
    await give_back(house)
    await house.until_shown("s1", "ready")
    assert house.host.planted == ["U_ANA"]


async def test_an_owner_to_whom_a_server_is_given_back_gets_a_new_password(house):
    await ready(house)
    await leave(house)
    await applied(house)
    assert house.host.people == []
    await give_back(house)

    async def handed_over() -> bool:
        return len(house.cards.passwords) == 2

    await house.until(handed_over)
    assert house.host.people == ["U_ANA"]
    assert (await house.store.get("s1")).password is not None


async def test_an_owner_gets_no_password_before_the_machine_admits_them(house):
    await ready(house)
    await leave(house)
    await applied(house)
    await give_back(house, begin=False)
    await house.step(Job.PEOPLE, "invite").run(await house.store.get("s1"))
    assert len(house.cards.passwords) == 1


async def test_a_password_that_was_requested_just_before_does_not_open_a_closed_server(house):
    server = await ready(house)
    await leave(house)
    await house.engine.begin(Job.PASSWORD, server, "requested")
    await applied(house)
    await asyncio.sleep(0)
    assert house.host.planted == ["U_ANA"]
