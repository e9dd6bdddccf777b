"""Messages whose answer from Slack gets lost: the last password shown is the one that works."""

import pytest
from argon2 import PasswordHasher

from provisioning.access.passwords import LOOKS_LIKE_A_PASSWORD
from provisioning.core.errors import DeliveryError
from provisioning.core.model.events import Event
from provisioning.core.model.people import Share
from provisioning.core.model.server import Job, Server, Status
from tests.integration.handlers.world import until

LOST = {"lose": {"chat.postMessage": {"count": 1}}}


def step(place, job, name):
    """Return that step's function, as the engine calls it."""
    return next(each.run for each in place.work.workflows[job].steps if each.name == name)


async def running(place) -> Server:
    server = await place.server("sales", status=Status.RUNNING, address="127.0.0.1")
    await step(place, Job.CREATE, "hand_over")(server)
    return await place.store.get(server.id)


async def ask_again(place, server):
    await step(place, Job.PASSWORD, "password")(await place.store.get(server.id))


async def shown(place, user="U_ANA") -> list[str]:
    """Return the passwords in a person's DM, oldest first."""
    return [
        found[0]
        for each in await place.dms(user)
        if (found := LOOKS_LIKE_A_PASSWORD.search(str(each)))
    ]


async def the_one_that_works(place, user="U_ANA") -> bool:
    (password,) = await shown(place, user)
    return PasswordHasher().verify(place.host.hashes[-1], password)


async def test_a_password_whose_answer_is_lost_is_posted_once_and_works(place):
    server = await running(place)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await ask_again(place, server)
    await ask_again(place, server)
    assert await the_one_that_works(place)
    assert len(await place.dms()) == 1


async def test_a_lost_message_loses_its_password_with_the_next_state(place):
    server = await running(place)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await ask_again(place, server)
    resizing = await place.store.update(server.id, server.generation, status=Status.RESIZING)
    await place.cards.update_state(resizing)
    (card,) = await place.dms()
    assert "Resizing" in card["text"]
    assert await shown(place) == []
    await place.store.update(server.id, server.generation, status=Status.RUNNING)
    await ask_again(place, server)
    assert await the_one_that_works(place)
    assert len(await place.dms()) == 1


async def test_a_deleted_servers_messages_show_no_password(place):
    server = await running(place)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await ask_again(place, server)
    await place.cards.update_state(
        await place.store.update(server.id, server.generation, status=Status.DELETED)
    )
    assert await shown(place) == []
    assert "was deleted" in (await place.dms())[-1]["text"]


async def test_a_password_that_was_left_in_an_older_message_goes_with_the_next_one(place):
    server = await running(place)
    await place.faults(drop={"chat.delete": {"count": 2}})
    await ask_again(place, server)
    assert len(await shown(place)) == 2
    await ask_again(place, server)
    assert await the_one_that_works(place)


@pytest.mark.parametrize("status", [Status.STARTING, Status.RESTORING])
async def test_what_began_in_a_lost_message_ends_there(place, status):
    server = await running(place)
    begun = await place.store.update(server.id, server.generation, status=status)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await place.cards.update_state(begun, as_new_message=True)
    await place.cards.update_state(
        await place.store.update(server.id, server.generation, status=Status.RUNNING)
    )
    (card,) = await place.dms()
    assert "is running" in card["text"]
    assert await shown(place) == []


async def test_a_card_that_slack_refused_for_sure_is_not_looked_for_twice(place):
    server = await running(place)
    await place.faults(drop={"chat.postMessage": {"count": 1}})
    with pytest.raises(DeliveryError):
        await place.cards.update_state(server, as_new_message=True)
    for _ in range(3):
        await place.cards.update_state(server)
    assert len(await place.dms()) == 1
    assert not (await place.store.get(server.id)).newer_card


async def redraw_what_is_due(place, server):
    (due,) = await place.stores.due.of(server.id)
    assert due.job is Job.REDRAW
    await step(place, Job.REDRAW, "redraw")(await place.store.get(server.id))


async def test_an_older_card_that_slack_refused_to_delete_is_due_until_it_is_gone(place):
    server = await running(place)
    deleted = await place.store.update(server.id, server.generation, status=Status.DELETED)
    await place.cards.update_state(deleted)
    restoring = await place.store.update(server.id, server.generation, status=Status.RESTORING)
    await place.faults(drop={"chat.delete": {"count": 1}})
    await place.cards.update_state(restoring, as_new_message=True)
    assert "was deleted" in (await place.dms())[0]["text"]
    await redraw_what_is_due(place, server)
    (card,) = await place.dms()
    assert "Restoring" in card["text"]


async def test_a_creations_card_that_slack_refused_to_delete_does_not_stay_under_way(place):
    server = await place.server("sales")
    await place.cards.update_progress(server)

    async def drawn():
        return await place.dms()

    await until(drawn)
    failed = await place.store.update(server.id, server.generation, status=Status.FAILED)
    await place.faults(drop={"chat.delete": {"count": 1}})
    await place.cards.update_state(failed, as_new_message=True)
    assert "Creating" in (await place.dms())[0]["text"]
    await redraw_what_is_due(place, server)
    (card,) = await place.dms()
    assert "could not be created" in card["text"]


async def test_an_older_password_that_slack_refused_to_delete_is_due_until_it_is_gone(place):
    server = await running(place)
    await place.faults(drop={"chat.delete": {"count": 2}})
    await ask_again(place, server)
    assert len(await shown(place)) == 2
    await redraw_what_is_due(place, server)
    assert await the_one_that_works(place)
    assert len(await place.dms()) == 1


async def test_older_cards_that_slack_still_refuses_to_delete_are_tried_again(place):
    server = await running(place)
    await place.faults(drop={"chat.delete": {"count": 3}})
    await ask_again(place, server)
    with pytest.raises(DeliveryError):
        await redraw_what_is_due(place, server)
    await redraw_what_is_due(place, server)
    assert await the_one_that_works(place)


async def test_nothing_is_due_once_the_older_card_is_gone(place):
    server = await running(place)
    await ask_again(place, server)
    await place.cards.update_state(await place.store.get(server.id), as_new_message=True)
    assert await place.stores.due.of(server.id) == []


async def shared(place) -> Server:
    server = await running(place)
    now = server.created_at
    event = Event(now, "U_ANA", "share", server.id, "accepted")
    share = Share(server.id, "U_BOB", "bob", now)
    return await place.stores.shares.add_share(share, event)


async def invite(place, server):
    await step(place, Job.PEOPLE, "admit")(await place.store.get(server.id))
    await step(place, Job.PEOPLE, "invite")(await place.store.get(server.id))


async def test_an_invitation_whose_answer_is_lost_is_posted_once_and_works(place):
    server = await shared(place)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await invite(place, server)
    await invite(place, server)
    assert len(await place.dms("U_BOB")) == 1
    assert await the_one_that_works(place, "U_BOB")


async def test_each_requested_invitation_is_a_message_and_the_older_one_loses_its_password(place):
    server = await shared(place)
    await invite(place, server)
    event = Event(server.created_at, "U_BOB", "password", server.id, "accepted")
    await place.stores.shares.want_password(server.id, "U_BOB", event)
    await invite(place, server)
    assert len(await place.dms("U_BOB")) == 2
    assert await the_one_that_works(place, "U_BOB")


async def test_a_lost_invitation_loses_its_password_at_the_end_of_the_share(place):
    server = await shared(place)
    await place.faults(**LOST)
    with pytest.raises(DeliveryError):
        await invite(place, server)
    event = Event(server.created_at, "U_ANA", "unshare", server.id, "accepted")
    ended = await place.stores.shares.end_share(server.id, "U_BOB", server.created_at, event)
    await step(place, Job.PEOPLE, "admit")(ended)
    assert await shown(place, "U_BOB") == []


async def test_an_installation_has_one_message_and_the_next_one_another(place):
    server = await running(place)
    await place.faults(**LOST)
    server = await place.store.update(server.id, server.generation, packages=("toolz",))
    install = step(place, Job.PACKAGES, "install")
    with pytest.raises(DeliveryError):
        await install(server)
    await install(server)
    assert len(await place.dms()) == 2
    await install(server)
    assert len(await place.dms()) == 3


async def test_an_installation_whose_server_was_deleted_leaves_no_message_under_way(place):
    server = await running(place)
    await place.cards.post_packages(server)
    deleted = await place.store.update(server.id, server.generation, status=Status.DELETED)
    install = step(place, Job.PACKAGES, "install")
    await install(deleted)
    await install(deleted)
    (_card, about) = await place.dms()
    assert "were not changed, since the server has ended" in about["text"]


async def test_an_installation_that_gave_up_leaves_no_message_under_way(place):
    server = await running(place)
    await place.cards.post_packages(server)
    await place.cards.post_packages(server, "SSH does not answer")
    (_card, about) = await place.dms()
    assert "SSH does not answer" in str(about)
