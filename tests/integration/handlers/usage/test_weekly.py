"""The weekly report in a local Slack, on the real store: one report a week, whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.messages.weekly import SlackWeeklyMessages
from provisioning.adapters.sql.chat.posted_once import CLAIM_LASTS, SqlPostedOnce
from provisioning.adapters.sql.usage import SqlUsage
from provisioning.core.model.activity import Stretch, Use
from provisioning.core.model.events import CLEANUP, Event
from provisioning.core.model.server import Status
from provisioning.usage.reports import UsageReports
from provisioning.usage.weekly import Week, WeeklyConfig, WeeklyReports, last_week
from tests.fakes import FakeClock

HOUR = timedelta(hours=1)


class Killed(BaseException):
    """The process ends at this point."""


class House:
    """The reports over the world's store and Slack, at the present time."""

    def __init__(self, place, channel=""):
        self.place, self.clock = place, FakeClock()
        self.clock.time = datetime.now(UTC)
        self.week = last_week(self.clock.time, "UTC")
        self.messages = SlackWeeklyMessages(place.direct_messages, place.access.admins, channel)
        self.restart()

    def restart(self):
        usage = UsageReports(
            SqlUsage(self.place.stores.database),
            self.place.stores.uses,
            self.place.profiles,
            self.clock,
        )
        posted = SqlPostedOnce(self.place.stores.database)
        self.reports = WeeklyReports(usage, posted, self.messages, self.clock, WeeklyConfig(0))

    async def tick(self):
        await self.reports.tick(self.clock.now())

    async def a_week_of(self, name, owner="U_ANA"):
        """Add a server that ran on last week's Wednesday.

        It is busy from 8 to 12, idle from 12 to 13, and then stopped by the cleanup until 16.
        """
        server = await self.place.server(name, owner=owner)
        day = datetime.combine(self.week.first + timedelta(days=2), time(0), UTC)
        await self.place.backdate(server, day + 8 * HOUR)
        for hour, actor, action, status in (
            (13, CLEANUP, "stop", Status.STOPPING),
            (13, "engine", "stopped", Status.STOPPED),
            (16, owner, "delete", Status.DELETED),
        ):
            event = Event(day + hour * HOUR, actor, action, server.id, "ok")
            ended = {"ended_at": event.at} if status is Status.DELETED else {}
            await self.place.store.update(
                server.id, server.generation, event, status=status, **ended
            )
        for use, first, last in ((Use.BUSY, 8, 12), (Use.IDLE, 12, 13)):
            stretch = Stretch(server.id, use, day + first * HOUR, day + last * HOUR)
            await self.place.stores.uses.note_use(stretch)

    async def received(self, user="U_ANA"):
        """Return (texts of reports, names of charts) in the member's DM."""
        found = await self.place.dms(user)
        texts = [each["text"] for each in found if not each["files"]]
        return texts, [file["name"] for each in found for file in each["files"]]


@pytest.fixture
def house(place):
    return House(place)


async def test_each_owner_and_the_admins_get_one_report_with_a_chart(house):
    await house.a_week_of("sales")
    for _ in range(3):
        await house.tick()
        house.restart()
    (text,), pictures = await house.received()
    assert "5.0 h on, $0.23." in text  # five hours at $0.0416, and eight of a disk
    assert "4.0 h busy" in text
    assert "20% of the known time was idle" in text
    assert pictures == [f"usage-{house.week.name}.png"]
    (text,), pictures = await house.received("U_EVE")
    assert text.startswith("All servers: Week of")
    assert pictures == [f"usage-{house.week.name}-everybody.png"]


async def test_the_report_has_what_the_cleanup_saved(house):
    await house.a_week_of("sales")
    await house.tick()
    (report,) = [each for each in await house.place.dms() if not each["files"]]
    assert "$0.12 saved by stopping idle servers" in str(report["blocks"])


async def test_a_member_without_a_server_in_that_week_gets_no_report(house):
    await house.place.server("fresh", owner="U_BOB", status=Status.RUNNING)
    await house.tick()
    assert await house.received("U_BOB") == ([], [])
    assert await house.received("U_EVE") == ([], [])


async def test_each_owner_reads_the_report_in_their_own_language(house):
    await house.a_week_of("models", owner="U_BOB")
    await house.tick()
    (text,), _ = await house.received("U_BOB")
    assert "가동 5.0시간" in text


class KilledAfterwards(SlackWeeklyMessages):
    """The process ends after Slack has accepted everything and before this is recorded."""

    async def post_week(self, owner, week, usage):
        await super().post_week(owner, week, usage)
        raise Killed


async def test_after_a_kill_the_report_continues_and_no_message_comes_twice(house):
    await house.a_week_of("sales")
    killed = KilledAfterwards(house.place.direct_messages, (), "")
    house.reports = replace(house.reports, messages=killed)
    with pytest.raises(Killed):
        await house.tick()
    house.restart()
    await house.tick()
    assert await house.reports.posted.unposted([f"weekly:{house.week.name}:U_ANA"])
    house.clock.time += CLAIM_LASTS
    await house.tick()
    assert not await house.reports.posted.unposted([f"weekly:{house.week.name}:U_ANA"])
    texts, pictures = await house.received()
    assert (len(texts), pictures) == (1, [f"usage-{house.week.name}.png"])


async def test_a_chart_that_slack_rejects_comes_later_below_the_same_message(house):
    await house.a_week_of("sales")
    fault = {"error": "internal_error", "status": 500, "count": 2}
    await house.place.faults(fail={"files.getUploadURLExternal": fault})
    await house.tick()
    texts, pictures = await house.received()
    assert (len(texts), pictures) == (1, [])
    await house.tick()
    texts, pictures = await house.received()
    assert (len(texts), pictures) == (1, [f"usage-{house.week.name}.png"])


async def test_a_report_that_slack_rejects_is_sent_the_next_hour(house):
    await house.a_week_of("sales")
    fault = {"error": "internal_error", "status": 500, "count": 2}
    await house.place.faults(fail={"chat.postMessage": fault})
    await house.tick()
    assert await house.received() == ([], [])
    await house.tick()
    assert len((await house.received())[0]) == 1


async def test_the_admin_channel_gets_the_report_instead_of_the_admins(place):
    house = House(place, channel="C_GENERAL")
    await house.a_week_of("sales")
    await house.tick()
    await house.tick()
    assert await house.received("U_EVE") == ([], [])
    in_channel = [each for each in await place.messages("U_MAL") if each["channel"] == "C_GENERAL"]
    assert [len(each["files"]) for each in in_channel] == [0, 1]


async def test_without_a_valid_admin_channel_the_admins_get_the_report(place):
    house = House(place, channel="C_NOWHERE")
    await house.a_week_of("sales")
    await house.tick()
    assert len((await house.received("U_EVE"))[0]) == 1


class Listener:
    """Messages that only record each recipient and week."""

    def __init__(self):
        self.sent = []

    async def post_week(self, owner, week, usage):
        self.sent.append((owner, week.name))

    async def post_week_of_everybody(self, week, usage):
        self.sent.append(("everybody", week.name))


async def test_the_report_comes_at_the_set_hour_of_each_readers_clock(house):
    """Monday 9:00 is 8:00 UTC in Madrid in winter."""
    await house.a_week_of("sales")
    monday = datetime.combine(house.week.first + timedelta(days=7), time(0), UTC)
    madrid = replace(house.reports.usage, people=InMadrid())
    house.reports = replace(
        house.reports, usage=madrid, messages=Listener(), config=WeeklyConfig(9)
    )
    offset = monday.astimezone(InMadrid.place).utcoffset()
    for hours, sent in ((-0.1, 0), (0, 1)):
        house.clock.time = monday + 9 * HOUR - offset + hours * HOUR
        await house.tick()
        assert len(house.reports.messages.sent) == sent
    house.clock.time = monday + 9 * HOUR
    await house.tick()
    assert house.reports.messages.sent == [
        ("U_ANA", house.week.name), ("everybody", house.week.name),
    ]  # fmt: skip


class InMadrid:
    """Profiles of members who all live in Madrid."""

    place = ZoneInfo("Europe/Madrid")

    async def zone(self, user_id):
        return "Europe/Madrid"


@pytest.mark.parametrize(
    ("now", "zone", "name"),
    [
        ("2026-11-23T00:00", "UTC", "2026-W47"),
        ("2026-11-22T23:59", "UTC", "2026-W46"),
        ("2026-11-22T15:00", "Asia/Seoul", "2026-W47"),
        ("2027-01-05T12:00", "UTC", "2026-W53"),
    ],
)
def test_last_week_is_the_previous_one_by_the_readers_clock(now, zone, name):
    assert last_week(datetime.fromisoformat(now).replace(tzinfo=UTC), zone).name == name


def test_a_week_ends_first_in_the_earliest_time_zone():
    week = Week(datetime(2026, 11, 16, tzinfo=UTC).date())
    assert week.ends_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


async def test_the_report_waits_for_the_end_of_quiet_hours(house):
    await house.a_week_of("sales")
    quiet = {"U_ANA"}

    async def quiet_until(user_id):
        return house.clock.now() + HOUR if user_id in quiet else None

    house.reports = replace(house.reports, quiet_until=quiet_until)
    await house.tick()
    assert await house.received() == ([], [])
    quiet.clear()
    await house.tick()
    assert len((await house.received())[0]) == 1
