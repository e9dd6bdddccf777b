"""The scheduled cleanup in a local Slack, on the real store: what owners see and click.

The machines' looks and the clock are the test's; the engine's jobs are run by the test, so that
it can crash between any two of them.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from handlers import action_ids
from provisioning.activity import Activity, Work, WorkKind, unknown_activity
from provisioning.idle import IdlePolicy
from provisioning.keeping import Keeping
from provisioning.model import Event, Member, Status
from provisioning.notices import Notices
from provisioning.store import SqlStore
from provisioning.sweep import Sweep, SweepConfig
from provisioning.transitions import STOP
from provisioning.used_passwords import Redrawing, UsedPasswords
from provisioning.watch_store import SqlWatches
from tests.fakes import FakeClock
from tests.integration.slack.world import until, world

SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICY = IdlePolicy(after=HOUR, grace=15 * MINUTE, lifetime=timedelta(0))
BUSY = Activity((Work(WorkKind.CELL, "cell:k", "train.ipynb", 60.0, 0.9),))


class House:
    """The cleanup over the world's store and Slack."""

    def __init__(self, place) -> None:
        self.place, self.clock = place, FakeClock()
        self.clock.time = SATURDAY
        self.seen: dict[str, Activity] = {}
        self.watches = place.watches
        people = place.profiles
        self.sweep = Sweep(
            self.watches, self.look, place.work, place.teller, people, self.clock, POLICY,
            SweepConfig(budget=1.0), UsedPasswords(place.store, place.work).seen,
        )  # fmt: skip
        self.notices = Notices(self.watches, place.teller, self.clock, POLICY)
        place.keeping = Keeping(
            place.servers, self.watches, place.teller, people, self.clock, POLICY
        )

    async def look(self, server):
        return self.seen.get(server.name, Activity())

    async def server(self, name="sales"):
        server = await self.place.server(name, status=Status.RUNNING)
        return await self.place.store.update(
            server.id, server.generation, ready_at=SATURDAY, price_per_hour=Decimal("0.0416")
        )

    async def pass_time(self, time: timedelta, *, work=True) -> None:
        """Sweep each minute, and do what the engine was asked for."""
        end = self.clock.time + time
        while self.clock.time < end:
            self.clock.time += MINUTE
            await self.sweep.run(self.clock.time)
            if work:
                await self.do_work()

    async def do_work(self) -> list[str]:
        done = []
        asked, self.place.work.asked = self.place.work.asked, []
        for job, server_id in asked:
            server = await self.place.store.get(server_id)
            done.append(job)
            if job == "redraw":
                await Redrawing(self.place.notifier).run(server)
            elif job == "warn":
                await self.notices.warn(server)
            elif job == "stop":
                await self.place.store.update(
                    server.id, server.generation, status=Status.STOPPED,
                    stopped_at=self.clock.time,
                )  # fmt: skip
                (why,) = self.notices.after_stop()
                await why.run(await self.place.store.get(server_id))
        return done

    async def status(self, name="sales") -> Status:
        return (await self.place.store.find(name)).status

    async def dms(self) -> list[dict]:
        return await self.place.dms()


@pytest.fixture
async def house(tmp_path):
    async with world(tmp_path, start=False) as place:
        house = House(place)
        await place.start_bot()
        yield house


async def test_an_idle_server_is_announced_with_its_evidence_and_stopped_at_the_deadline(house):
    await house.server()
    await house.pass_time(60 * MINUTE)
    (warning,) = await house.dms()
    assert "sales will be stopped" in warning["text"]
    deadline = int((SATURDAY + 75 * MINUTE).timestamp())
    assert f"<!date^{deadline}^" in str(warning["blocks"])
    assert "CPU 0.0 %" in str(warning["blocks"])
    await house.pass_time(14 * MINUTE)
    assert await house.status() is Status.RUNNING
    await house.pass_time(MINUTE)
    assert await house.status() is Status.STOPPED
    changed, why = await house.dms()
    assert changed["ts"] == warning["ts"]
    assert "sales is stopped" in changed["text"]
    assert "nothing ran on it" in why["text"]
    assert "$0.0416 an hour" in str(why["blocks"])
    assert action_ids.START in str(why["blocks"])


async def test_each_deadline_has_one_warning_however_often_it_is_looked_at(house):
    await house.server()
    await house.pass_time(74 * MINUTE)
    assert len(await house.dms()) == 1


async def test_a_busy_server_and_one_that_nobody_sees_are_never_stopped_and_admins_hear(house):
    await house.server("works")
    await house.server("hidden")
    house.seen = {"works": BUSY, "hidden": unknown_activity("SSH does not answer")}
    await house.pass_time(5 * HOUR)
    assert {await house.status("works"), await house.status("hidden")} == {Status.RUNNING}
    assert await house.dms() == []
    (told,) = await house.place.dms("U_EVE")
    assert "`hidden`" in told["text"]
    assert "SSH does not answer" in told["text"]


@pytest.mark.parametrize(
    ("button", "until_then"),
    [
        (action_ids.EXTEND_1H, SATURDAY + 61 * MINUTE + HOUR),
        (action_ids.EXTEND_4H, SATURDAY + 61 * MINUTE + 4 * HOUR),
        # Ana is in Madrid, in winter.
        (action_ids.UNTIL_MORNING, datetime(2026, 11, 29, 8, 0, tzinfo=UTC)),
    ],
)
async def test_a_click_keeps_it_and_edits_the_warning_to_the_new_time(house, button, until_then):
    await house.server()
    await house.pass_time(61 * MINUTE)
    (warning,) = await house.dms()
    await house.place.click(warning, button)
    wanted = f"<!date^{int(until_then.timestamp())}^"

    async def edited():
        (message,) = await house.dms()
        return "stays on" in message["text"] and wanted in message["text"]

    await until(edited)
    await house.pass_time(until_then - house.clock.time - MINUTE)
    assert await house.status() is Status.RUNNING
    assert len(await house.dms()) == 1
    await house.pass_time(MINUTE)  # and then a new warning, with all of its time
    assert len(await house.dms()) == 2
    await house.pass_time(15 * MINUTE)
    assert await house.status() is Status.STOPPED


async def test_until_it_finishes_stops_it_after_the_work_that_follows(house):
    server = await house.server()
    await house.pass_time(61 * MINUTE)
    (warning,) = await house.dms()
    await house.place.click(warning, action_ids.UNTIL_FINISHED)

    async def wished():
        return (await house.watches.get(server.id)).history.finish_by

    await until(wished)
    house.seen["sales"] = BUSY
    await house.pass_time(5 * HOUR)
    del house.seen["sales"]
    await house.pass_time(25 * MINUTE)
    assert await house.status() is Status.STOPPED
    assert "its work has ended, as you asked" in (await house.dms())[-1]["text"]


async def test_work_that_begins_takes_the_warning_back(house):
    await house.server()
    await house.pass_time(61 * MINUTE)
    house.seen["sales"] = BUSY
    await house.pass_time(15 * MINUTE)
    (message,) = await house.dms()
    assert "in use again" in message["text"]
    assert await house.status() is Status.RUNNING


async def test_stop_now_on_the_warning_stops_it(house):
    server = await house.server()
    await house.pass_time(61 * MINUTE)
    await house.place.click((await house.dms())[0], action_ids.STOP)

    async def stopping():
        return await house.status() is Status.STOPPING

    await until(stopping)
    assert house.place.work.asked == [("stop", server.id)]


# -- crashes and races


async def test_a_crash_after_the_decision_to_warn_still_warns_once(house):
    await house.server()
    await house.pass_time(60 * MINUTE, work=False)
    house.place.work.asked.clear()  # the process died before the engine knew
    assert await house.dms() == []
    await house.pass_time(10 * MINUTE)
    (warning,) = await house.dms()
    assert "will be stopped" in warning["text"]


async def test_a_crash_after_the_message_and_before_it_was_written_down_posts_no_second_one(house):
    server = await house.server()
    await house.pass_time(60 * MINUTE, work=False)
    watch = await house.watches.get(server.id)
    await house.place.teller.show_notice(server, watch)
    assert not (await house.watches.get(server.id)).history.notice.told
    await house.do_work()  # the engine runs the step again
    assert len(await house.dms()) == 1
    assert (await house.watches.get(server.id)).history.notice.told


async def test_a_warning_that_slack_takes_late_leaves_time_after_it(house):
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


async def test_a_crash_after_the_message_of_a_stop_tells_it_once(house):
    server = await house.server()
    await house.pass_time(75 * MINUTE, work=False)
    assert await house.status() is Status.RUNNING  # its owner was not told
    await house.do_work()
    await house.pass_time(15 * MINUTE)
    row, watch = await house.place.store.get(server.id), await house.watches.get(server.id)
    assert watch.end_told
    await house.watches.save(replace(watch, end_told=False))  # as if the process had died before
    (why,) = house.notices.after_stop()
    await why.run(row)
    assert len([each for each in await house.dms() if "Start" in str(each["blocks"])]) == 1


async def test_a_stop_that_its_owner_asked_for_needs_no_explanation(house):
    server = await house.server()
    await house.pass_time(5 * MINUTE)
    await house.place.servers.stop(Member("U_ANA"), server.id)
    await house.do_work()
    assert await house.status() is Status.STOPPED
    assert await house.dms() == []


async def test_of_a_click_and_a_stop_in_the_same_moment_one_wins_and_the_message_says_which(house):
    outcomes = set()
    for number in range(12):
        name = f"race-{number}"
        server = await house.server(name)
        house.clock.time = SATURDAY
        await house.pass_time(74 * MINUTE)
        house.clock.time += MINUTE
        due = house.sweep.run(house.clock.time)
        member = (await house.place.store.get(server.id)).owner
        click = house.place.keeping.extend(Member(member), server.id, HOUR)
        first, second = (due, click) if number % 2 else (click, due)
        results = await asyncio.gather(first, second, return_exceptions=True)
        refused = next((str(each) for each in results if isinstance(each, Exception)), "")
        status = await house.status(name)
        outcomes.add(status)
        message = next(m for m in await house.dms() if name in m["text"])
        if status is Status.RUNNING:
            assert not refused
            assert "stays on" in message["text"]
        else:
            assert "too late" in refused
            assert "stays on" not in message["text"]
        await house.do_work()
        await house.place.store.update(
            server.id, (await house.place.store.get(server.id)).generation, status=Status.DELETED
        )
    assert outcomes <= {Status.RUNNING, Status.STOPPING}


async def test_a_server_that_is_started_again_is_looked_at_at_once(house):
    server = await house.server()
    await house.pass_time(76 * MINUTE)
    assert await house.status() is Status.STOPPED
    row = await house.place.store.get(server.id)
    await house.place.store.update(
        server.id, row.generation, generation=row.generation + 1, status=Status.RUNNING,
        stopped_at=None,
    )  # fmt: skip
    await house.pass_time(MINUTE)
    history = (await house.watches.get(server.id)).history
    assert (history.started_at, history.stopped_at) == (house.clock.time, None)
    assert history.notice is None


async def test_two_sweeps_at_once_look_at_each_server_once(house):
    for number in range(3):
        await house.server(f"twin-{number}")
    other = replace(house.sweep, watches=SqlWatches(house.place.engine))
    counts = await asyncio.gather(
        *(each.run(house.clock.time) for each in (house.sweep, other, house.sweep, other))
    )
    assert sum(counts) == 3


async def test_an_end_is_dropped_if_the_watch_changed_since_it_was_read(house):
    server = await house.server()
    await house.sweep.run(house.clock.time)
    watch = await house.watches.get(server.id)
    event = Event(house.clock.time, "cleanup", "stop", server.id, "accepted")
    assert await house.watches.save(watch) is not None
    assert await house.watches.end(server, watch, STOP, event) is None
    assert await house.status() is Status.RUNNING
    assert await SqlStore(house.place.engine).events(server.id, limit=1) != [event]


async def handed_over(house):
    server = await house.server()
    server = await house.place.store.update(
        server.id, server.generation, password_shown_at=house.clock.time,
        password_expires_at=house.clock.time + 24 * HOUR,
    )  # fmt: skip
    await house.place.notifier.show_ready(server, "one-time-word")
    house.seen["sales"] = Activity(passwords=("U_ANA",))
    return server


async def test_a_card_loses_its_password_within_a_minute_of_its_use(house):
    await handed_over(house)
    await house.pass_time(3 * MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" in str(card)
    house.seen["sales"] = Activity(passwords=())
    await house.pass_time(MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" not in str(card)
    assert f"was used <!date^{int(house.clock.time.timestamp())}^" in str(card["blocks"])


async def test_a_machine_that_does_not_tell_leaves_the_card_as_it_is(house):
    await handed_over(house)
    house.seen["sales"] = unknown_activity("it does not answer")
    await house.pass_time(5 * MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" in str(card)


async def test_an_expired_password_goes_from_the_card_and_was_not_used(house):
    server = await handed_over(house)
    house.seen["sales"] = replace(BUSY, passwords=("U_ANA",))
    await house.pass_time(2 * MINUTE)
    house.clock.time += 24 * HOUR
    house.seen["sales"] = replace(BUSY, passwords=())
    await house.pass_time(10 * MINUTE)
    assert "one-time-word" not in str((await house.dms())[0])
    assert (await house.place.store.get(server.id)).password_used_at is None


async def test_the_use_of_an_older_password_leaves_a_newer_one_on_its_card(house):
    server = await handed_over(house)
    passwords = UsedPasswords(house.place.store, house.place.work)
    await house.place.store.update(
        server.id, server.generation, password_shown_at=house.clock.time + MINUTE
    )
    await passwords.seen(server, Activity(passwords=()), house.clock.time)
    assert house.place.work.asked == []


async def test_after_an_hour_an_unused_password_is_looked_for_at_the_usual_pace(house):
    await handed_over(house)
    looks = []

    async def look(server):
        looks.append(house.clock.time)
        return replace(BUSY, passwords=("U_ANA",))

    house.sweep = replace(house.sweep, look=look)
    await house.pass_time(HOUR, work=False)
    assert len(looks) >= 59
    before = len(looks)
    await house.pass_time(HOUR, work=False)
    assert len(looks) - before <= 13
