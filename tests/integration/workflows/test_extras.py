"""The optional parts of a creation, on the real engine: clone, packages, shares, keep-on time."""

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.events import Event
from provisioning.core.model.people import Share
from provisioning.core.model.server import AccessList, Job, Status

pytestmark = pytest.mark.timeout(90)

URL = "https://git.example.com/team/lessons"


async def made(house, **parts):
    server = await house.add()
    if parts.get("access_list"):
        share = Share(server.id, "U_BOB", "bob", house.clock.now())
        event = Event(house.clock.now(), "U_ANA", "share", server.id, "accepted")
        server = await house.stores.shares.add_share(share, event)
    server = await house.store.update(server.id, server.generation, **parts) if parts else server
    await house.engine.begin(Job.CREATE, server)
    if server.access_list.is_due:
        await house.engine.begin(Job.PEOPLE, server, "version-1")
    await house.until_shown(server.id, "ready")
    return server


async def test_a_repository_is_cloned_before_the_hand_over(house):
    house.host.failures["clone_repository"] = [NotYet("SSH does not answer", 0.01)]
    server = await made(house, repository=URL)
    assert house.host.cloned == [URL]
    assert (await house.store.get(server.id)).repository_failure == ""


async def test_a_repository_that_can_not_be_cloned_does_not_fail_the_creation(house):
    house.host.failures["clone_repository"] = [PermanentError("it is larger than 2000 MB")]
    server = await made(house, repository=URL)
    row = await house.store.get(server.id)
    assert (row.status, row.repository_failure) == (Status.RUNNING, "it is larger than 2000 MB")


async def test_nothing_is_cloned_without_a_repository(house):
    await made(house)
    assert house.host.cloned == []


async def test_the_guests_of_a_new_server_are_invited_when_it_is_ready(house):
    server = await made(house, access_list=AccessList(1))
    await house.until_shown(server.id, "shared with U_BOB")
    assert house.host.people == ["U_ANA", "U_BOB"]
    assert house.cards.endings(server.id)[0] == "ready"


async def test_the_keep_on_time_begins_with_the_hand_over(house):
    server = await made(house, keep_seconds=3600)
    watches = house.stores.watches
    now = house.clock.now()
    await watches.take_due(now, now)
    history = (await watches.get(server.id)).history
    ready_at = (await house.store.get(server.id)).ready_at
    assert (history.keep_until - ready_at).total_seconds() == 3600
