"""A stop by the cleanup that Azure refuses: what its owner reads, and how often."""

from dataclasses import replace
from datetime import time, timedelta

from handlers.kit import action_ids
from provisioning.core.model.events import Event
from provisioning.core.model.server import Status
from provisioning.members.settings import MemberSettings, QuietHours
from provisioning.workflows.durable.endings import FailedStep
from tests.integration.handlers.cleanup import HOUR, MINUTE, SATURDAY

LOCK = FailedStep("deallocate", "ScopeLocked", "A lock is on it.")
DAY = timedelta(days=1)


async def times_of_messages(house):
    return {each["ts"] for each in await house.dms()}


async def test_a_refused_stop_is_told_with_its_reason_and_not_as_a_return_to_use(house):
    await house.server()
    house.refusal = LOCK
    await house.pass_time(76 * MINUTE)
    assert await house.status() is Status.RUNNING
    warning, card = await house.dms()
    assert "could not be stopped: A lock is on it." in warning["text"]
    assert "in use again" not in str(await house.dms())
    assert action_ids.STOP_BUTTON in str(warning["blocks"])
    assert "It could not be stopped: A lock is on it." in card["text"]
    assert "Try again" in str(card["blocks"])


async def test_a_stop_that_stays_refused_is_tried_each_hour_and_told_once_a_day(house):
    await house.server()
    house.refusal = LOCK
    await house.pass_time(75 * MINUTE)
    messages = await times_of_messages(house)
    await house.pass_time(DAY - HOUR, step=10 * MINUTE)
    assert await times_of_messages(house) == messages
    trail = await house.place.stores.audit.events()
    stops = [event for event in trail if event.action == "stop"]
    assert 20 <= len(stops) <= 25
    await house.pass_time(2 * HOUR, step=10 * MINUTE)
    assert len(await times_of_messages(house) - messages) == 1, "a new card replaces the older one"

    house.refusal = None
    await house.pass_time(HOUR + MINUTE)
    assert await house.status() is Status.STOPPED


async def test_a_refused_stop_wakes_nobody(house):
    night = QuietHours(time(0), time(23, 59))
    event = Event(SATURDAY, "U_ANA", "settings", None, "ok")
    await house.place.own.put("U_ANA", MemberSettings(quiet=night), event)
    server = await house.server()
    await house.pass_time(MINUTE)
    watch = await house.watches.get(server.id)
    await house.watches.save(replace(watch, ended_by="idle"))
    assert not await house.notices.refused_stop(server, "ScopeLocked")
    assert (await house.watches.get(server.id)).history.refused.told_at is None
