"""The scheduled cleanup when the bot crashes in between, or when two bots act at once."""

import asyncio
from dataclasses import replace

from provisioning.adapters.sql.audit import SqlAuditTrail
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.model.events import Event
from provisioning.core.model.server import Status
from provisioning.servers.transitions import STOP
from tests.integration.handlers.cleanup import MINUTE, POLICY


async def test_a_crash_after_the_decision_to_warn_still_warns_once(house):
    await house.server()
    await house.pass_time(60 * MINUTE, work=False)
    house.place.work.asked.clear()  # the process died before the engine had the job
    assert await house.dms() == []
    await house.pass_time(10 * MINUTE)
    (warning,) = await house.dms()
    assert "will be stopped" in warning["text"]


async def test_a_crash_between_the_warning_and_its_record_posts_no_second_warning(house):
    server = await house.server()
    await house.pass_time(60 * MINUTE, work=False)
    watch = await house.watches.get(server.id)
    await house.place.cleanup_messages.post_warning(server, watch)
    assert not (await house.watches.get(server.id)).history.notice.told
    await house.do_work()  # the engine runs the step again
    assert len(await house.dms()) == 1
    assert (await house.watches.get(server.id)).history.notice.told


async def test_a_warning_that_slack_accepts_late_still_leaves_grace(house):
    await house.server()
    await house.pass_time(60 * MINUTE, work=False)
    await house.pass_time(60 * MINUTE, work=False)
    assert await house.status() is Status.RUNNING
    await house.do_work()
    told_at = house.clock.time
    await house.pass_time(7 * MINUTE)
    assert await house.status() is Status.RUNNING
    await house.pass_time(2 * MINUTE)
    assert await house.status() is Status.STOPPED
    assert house.clock.time - told_at >= POLICY.grace / 2


async def test_a_crash_after_the_message_of_a_stop_posts_no_second_one(house):
    server = await house.server()
    await house.pass_time(75 * MINUTE, work=False)
    assert await house.status() is Status.RUNNING  # its owner has not been warned
    await house.do_work()
    await house.pass_time(15 * MINUTE)
    row, watch = await house.place.store.get(server.id), await house.watches.get(server.id)
    assert watch.end_told
    await house.watches.save(replace(watch, end_told=False))  # as if the process had died before
    (why,) = house.notices.after_stop()
    await why.run(row)
    assert len([each for each in await house.dms() if "Start" in str(each["blocks"])]) == 1


async def test_two_sweeps_at_once_probe_each_server_once(house):
    for number in range(3):
        await house.server(f"twin-{number}")
    other = replace(house.sweep, watches=SqlWatches(house.place.stores.database))
    counts = await asyncio.gather(
        *(each.run(house.clock.time) for each in (house.sweep, other, house.sweep, other))
    )
    assert sum(each.probed for each in counts) == 3


async def test_a_stop_is_dropped_if_the_watch_changed_since_it_was_read(house):
    server = await house.server()
    await house.sweep.run(house.clock.time)
    watch = await house.watches.get(server.id)
    event = Event(house.clock.time, "cleanup", "stop", server.id, "accepted")
    assert await house.watches.save(watch) is not None
    assert await house.watches.end(server, watch, STOP, event) is None
    assert await house.status() is Status.RUNNING
    assert await SqlAuditTrail(house.place.stores.database).events(server.id, limit=1) != [event]
