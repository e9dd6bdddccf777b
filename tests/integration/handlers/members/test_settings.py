"""A member's own settings by command and by form, and what quiet hours hold back."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.kit import action_ids
from provisioning.core.model.activity import Activity
from provisioning.core.model.events import Event
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Status
from provisioning.idle.history import History, Notice, NoticeKind
from provisioning.idle.notices import Notices
from provisioning.idle.sweep import Sweep, SweepConfig
from provisioning.members.quiet_hours import Awakening, Quiet
from provisioning.members.settings import MemberSettings, QuietHours
from provisioning.workflows.failures.cards import FailedMessage
from tests.fakes import FakeClock, no_times, unheard
from tests.integration.handlers.world import until

NIGHT = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # 0:30 in Madrid
MORNING = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)  # 8:00
HOURS = QuietHours(time(22), time(8))
HOUR = timedelta(hours=1)


async def set_hours(place, hours=HOURS):
    event = Event(NIGHT, "U_ANA", "settings", None, "ok")
    await place.own.put("U_ANA", MemberSettings(quiet=hours), event)


async def test_a_command_changes_what_it_names_and_leaves_the_rest(place):
    answer = await place.type("settings --quiet 22:00-8:00 --idle 45")
    assert "quiet hours 22:00-08:00, idle time 45 min" in answer
    answer = await place.type("settings --idle default")
    assert "quiet hours 22:00-08:00, idle time default" in answer
    assert (await place.own.get("U_ANA")).quiet == HOURS


async def test_a_members_own_language_wins_over_that_of_their_slack(place):
    assert "언어 한국어" in await place.type("settings --language ko")
    assert "서버가 없습니다" in await place.type("list")
    assert "language as in Slack" in await place.type("settings --language slack")
    assert "서버가 없습니다" in await place.type("list", "U_BOB")
    assert "language English" in await place.type("settings --language en", "U_BOB")
    assert "You have no servers" in await place.type("list", "U_BOB")


async def test_an_invalid_setting_is_refused_with_the_valid_ones(place):
    assert "from 15 to 720 minutes" in await place.type("settings --idle 5")
    assert "one of: `en`, `ko`" in await place.type("settings --language fr")
    assert "another end" in await place.type("settings --quiet 8-8")
    assert "22:00-8:00" in await place.type("settings --quiet nightly")
    assert await place.own.get("U_ANA") == MemberSettings()


async def test_the_form_shows_the_settings_and_saves_changes(place):
    await place.type("overview")
    overview = (await place.ephemerals())[-1]
    await place.click(overview, action_ids.SETTINGS_BUTTON)

    async def form():
        view = await place.modal()
        return view and view["callback_id"] == "settings_form"

    assert await until(form)
    values = {"language": "ko", "since": "22:00", "until": "08:00", "idle": "60"}
    assert (await place.submit(values))["error"] is None
    assert await place.own.get("U_ANA") == MemberSettings("ko", HOURS, 60)
    await place.type("settings")
    assert "방해 금지 시작" in str(await place.modal())
    assert "22:00" in str(await place.modal())


async def test_quiet_hours_without_an_end_are_refused_at_their_field(place):
    await place.type("settings")
    answer = await place.submit({"since": "22:00"})
    assert answer["ack"]["errors"] == {"until": "Quiet hours need a start and an end."}
    assert await place.own.get("U_ANA") == MemberSettings()


async def test_an_announcement_waits_for_the_end_of_quiet_hours(place):
    now = datetime.now(ZoneInfo("Europe/Madrid"))
    around = QuietHours((now - HOUR).time(), (now + HOUR).time())
    await set_hours(place, around)
    await place.server("sales", status=Status.RUNNING)
    await place.server("forest", "U_BOB", Status.RUNNING)
    assert "2 members" in await place.type("admin announce Restart at 9.", "U_EVE")

    async def bob_reads():
        return "Restart at 9." in str(await place.dms("U_BOB"))

    assert await until(bob_reads)
    await place.tasks.drain(60)
    assert "Restart at 9." not in str(await place.dms("U_ANA"))
    later = FakeClock()
    quiet = Quiet(place.own, place.profiles, place.quiet.held, later)
    awakening = Awakening(quiet, place.store, place.work, place.direct_messages.post_held)
    later.time = now
    await awakening.tick(now)
    assert "Restart at 9." not in str(await place.dms("U_ANA"))
    later.time = now + 2 * HOUR
    await awakening.tick(later.time)
    await awakening.tick(later.time)
    assert str([each["text"] for each in await place.dms("U_ANA")]).count("Restart at 9.") == 1


async def test_an_owners_idle_time_applies_to_their_servers(place):
    clock = FakeClock()
    clock.time = NIGHT

    async def nobody_is_there(_server):
        return Activity()

    async def warned_after(minutes) -> bool:
        clock.time = NIGHT + timedelta(minutes=minutes)
        await sweep.run(clock.time)
        watch = await place.watches.get(server.id)
        return watch is not None and watch.history.notice is not None

    sweep = Sweep(
        place.watches,
        place.stores.uses,
        nobody_is_there,
        place.work,
        place.cleanup_messages,
        place.profiles,
        clock,
        IdlePolicy(),
        SweepConfig(),
        (unheard,),
        place.own.idle_times,
        no_times,
    )
    await place.type("settings --idle 20")
    server = await place.server("sales", status=Status.RUNNING)
    await place.store.update(server.id, server.generation, ready_at=NIGHT)
    assert not await warned_after(0)
    assert not await warned_after(15)
    assert await warned_after(21)


async def test_a_warning_waits_for_quiet_hours_and_its_deadline_counts_from_its_delivery(place):
    clock = FakeClock()
    clock.time = NIGHT
    quiet = Quiet(place.own, place.profiles, place.quiet.held, clock)
    failed = FailedMessage(place.store, place.cards, clock).on_failure()
    output = place.host.last_output
    notices = Notices(
        place.watches, place.cleanup_messages, clock, IdlePolicy(), quiet, output, failed
    )
    await set_hours(place)
    server = await place.server("sales", status=Status.RUNNING)
    (watch,) = [watch for _server, watch in await place.watches.take_due(NIGHT, MORNING)]
    notice = Notice(NoticeKind.IDLE, NIGHT + timedelta(minutes=15), NIGHT)
    watch = await place.watches.save(replace(watch, history=History(NIGHT, notice=notice)))
    await notices.warn(server)
    assert await place.dms() == []
    assert not (await place.watches.get(server.id)).history.notice.told

    clock.time = MORNING
    await Awakening(quiet, place.store, place.work, place.direct_messages.post_held).tick(MORNING)
    assert place.work.asked == [("warn", server.id)]
    await notices.warn(server)
    assert len(await place.dms()) == 1
    notice = (await place.watches.get(server.id)).history.notice
    assert notice.told
    assert notice.deadline > MORNING


async def test_the_card_of_a_requested_server_does_not_wait_for_quiet_hours(place):
    await set_hours(place, QuietHours(time(0), time(23, 59, 59)))
    server = await place.server("sales", status=Status.RUNNING)
    await place.cards.post_ready(server, "tulip-4821-harbor-maple")
    assert "tulip-4821-harbor-maple" in str(await place.dms())
