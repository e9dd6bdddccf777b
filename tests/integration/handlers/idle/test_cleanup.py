"""The scheduled cleanup in a local Slack, on the real store: its messages and their buttons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.kit import action_ids
from provisioning.access.rights import ServerId
from provisioning.core.model.activity import Activity, unknown_activity
from provisioning.core.model.events import Event
from provisioning.core.model.limits import OwnLimits
from provisioning.core.model.people import Member
from provisioning.core.model.server import CardPassword, Status
from provisioning.idle.used_passwords import UsedPasswords
from tests.integration.handlers.cleanup import BUSY, HOUR, MINUTE, SATURDAY
from tests.integration.handlers.world import until


async def test_the_owner_of_an_idle_server_is_warned_with_the_evidence_and_it_stops_at_the_deadline(
    house,
):
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
    assert action_ids.START_BUTTON in str(why["blocks"])


async def test_each_deadline_has_one_warning_however_often_the_server_is_probed(house):
    await house.server()
    await house.pass_time(74 * MINUTE)
    assert len(await house.dms()) == 1


async def test_busy_and_unknown_servers_never_stop_and_admins_are_notified(house):
    await house.server("works")
    await house.server("hidden")
    house.probes.seen = {"works": BUSY, "hidden": unknown_activity("SSH does not answer")}
    await house.pass_time(5 * HOUR)
    assert {await house.status("works"), await house.status("hidden")} == {Status.RUNNING}
    assert await house.dms() == []
    (message,) = await house.place.dms("U_EVE")
    assert "`hidden`" in message["text"]
    assert "SSH does not answer" in message["text"]


@pytest.mark.parametrize(
    ("button", "until_then"),
    [
        (action_ids.EXTEND_1H_BUTTON, SATURDAY + 61 * MINUTE + HOUR),
        (action_ids.EXTEND_4H_BUTTON, SATURDAY + 61 * MINUTE + 4 * HOUR),
        # Ana is in Madrid, in winter.
        (action_ids.UNTIL_MORNING_BUTTON, datetime(2026, 11, 29, 8, 0, tzinfo=UTC)),
    ],
)
async def test_a_click_keeps_the_server_and_edits_the_warning_to_the_new_time(
    house, button, until_then
):
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
    await house.place.click(warning, action_ids.UNTIL_FINISHED_BUTTON)

    async def requested():
        return (await house.watches.get(server.id)).history.finish_by

    await until(requested)
    house.probes.seen["sales"] = BUSY
    await house.pass_time(5 * HOUR)
    del house.probes.seen["sales"]
    await house.pass_time(25 * MINUTE)
    assert await house.status() is Status.STOPPED
    assert "its work has ended, as you asked" in (await house.dms())[-1]["text"]


async def test_work_that_begins_withdraws_the_warning(house):
    await house.server()
    await house.pass_time(61 * MINUTE)
    house.probes.seen["sales"] = BUSY
    await house.pass_time(15 * MINUTE)
    (message,) = await house.dms()
    assert "in use again" in message["text"]
    assert await house.status() is Status.RUNNING


async def test_stop_now_on_the_warning_stops_the_server(house):
    server = await house.server()
    await house.pass_time(61 * MINUTE)
    await house.place.click((await house.dms())[0], action_ids.STOP_BUTTON)

    async def stopping():
        return await house.status() is Status.STOPPING

    await until(stopping)
    assert house.place.work.asked == [("stop", server.id)]


async def test_a_stop_by_the_owner_needs_no_explanation(house):
    server = await house.server()
    await house.pass_time(5 * MINUTE)
    await house.place.servers.stop(Member("U_ANA"), ServerId(server.id))
    await house.do_work()
    assert await house.status() is Status.STOPPED
    assert await house.dms() == []


async def test_a_server_that_is_started_again_is_probed_at_once(house):
    server = await house.server()
    await house.pass_time(76 * MINUTE)
    assert await house.status() is Status.STOPPED
    row = await house.place.store.get(server.id)
    await house.place.store.update(
        server.id,
        row.generation,
        generation=row.generation + 1,
        status=Status.RUNNING,
        stopped_at=None,
    )
    await house.pass_time(MINUTE)
    history = (await house.watches.get(server.id)).history
    assert (history.started_at, history.stopped_at) == (house.clock.time, None)
    assert history.notice is None


async def handed_over(house):
    server = await house.server()
    server = await house.place.store.update(
        server.id,
        server.generation,
        password=CardPassword(house.clock.time + 24 * HOUR, shown_at=house.clock.time),
    )
    await house.place.cards.post_ready(server, "one-time-word")
    house.probes.seen["sales"] = Activity(passwords=("U_ANA",))
    return server


async def test_a_card_loses_its_password_within_a_minute_of_its_use(house):
    await handed_over(house)
    await house.pass_time(3 * MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" in str(card)
    house.probes.seen["sales"] = Activity(passwords=())
    await house.pass_time(MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" not in str(card)
    assert f"was used <!date^{int(house.clock.time.timestamp())}^" in str(card["blocks"])


async def test_a_machine_of_unknown_use_leaves_the_card_as_it_is(house):
    await handed_over(house)
    house.probes.seen["sales"] = unknown_activity("it does not answer")
    await house.pass_time(5 * MINUTE)
    (card,) = await house.dms()
    assert "one-time-word" in str(card)


async def test_an_expired_password_is_removed_from_the_card_and_not_recorded_as_used(house):
    server = await handed_over(house)
    house.probes.seen["sales"] = replace(BUSY, passwords=("U_ANA",))
    await house.pass_time(2 * MINUTE)
    house.clock.time += 24 * HOUR
    house.probes.seen["sales"] = replace(BUSY, passwords=())
    await house.pass_time(10 * MINUTE)
    assert "one-time-word" not in str((await house.dms())[0])
    assert (await house.place.store.get(server.id)).password.used_at is None


async def test_the_use_of_an_older_password_leaves_a_newer_one_on_its_card(house):
    server = await handed_over(house)
    passwords = UsedPasswords(house.place.store, house.place.work)
    await house.place.store.update(
        server.id,
        server.generation,
        password=replace(server.password, shown_at=house.clock.time + MINUTE),
    )
    await passwords.seen(server, Activity(passwords=()), house.clock.time)
    assert house.place.work.asked == []


async def test_after_an_hour_an_unused_password_is_probed_at_the_normal_pace(house):
    await handed_over(house)
    probes = []

    async def look(server):
        probes.append(house.clock.time)
        return replace(BUSY, passwords=("U_ANA",))

    house.sweep = replace(house.sweep, probe=look)
    await house.pass_time(HOUR, work=False)
    assert len(probes) >= 59
    before = len(probes)
    await house.pass_time(HOUR, work=False)
    assert len(probes) - before <= 13


async def limited(house, owner="U_ANA", **own):
    event = Event(house.clock.now(), "U_EVE", "limits", None, "accepted")
    await house.place.stores.limits.set_own_limits(owner, OwnLimits(**own), event)


async def test_a_members_own_lifetime_applies_only_to_their_servers(house):
    await limited(house, lifetime=4 * HOUR)
    await house.server("sales")
    bobs = await house.place.server("models", "U_BOB", Status.RUNNING)
    await house.place.store.update(bobs.id, bobs.generation, ready_at=SATURDAY)
    house.probes.seen = {"sales": BUSY, "models": BUSY}
    await house.pass_time(2 * HOUR + MINUTE)
    (warning,) = await house.dms()
    # Probes come every five minutes, and a warning leaves two hours.
    deadline = SATURDAY + 4 * HOUR + MINUTE
    assert f"<!date^{int(deadline.timestamp())}^" in str(warning["blocks"])
    await house.pass_time(2 * HOUR)
    assert (await house.status("sales"), await house.status("models")) == (
        Status.STOPPED,
        Status.RUNNING,
    )


@pytest.mark.parametrize("what", ["extend", "until", "finished"])
async def test_a_server_is_kept_no_longer_than_its_owners_lifetime(house, what):
    await limited(house, lifetime=4 * HOUR)
    server = await house.server()
    await house.pass_time(MINUTE)
    ana, keeping = Member("U_ANA"), house.place.keeping
    kept = await {
        "extend": lambda: keeping.extend(ana, ServerId(server.id), 9 * HOUR),
        "until": lambda: keeping.until(ana, ServerId(server.id), SATURDAY + 9 * HOUR),
        "finished": lambda: keeping.until_finished(ana, ServerId(server.id)),
    }[what]()
    assert kept.until == SATURDAY + 4 * HOUR
    assert kept.shortened is (what != "finished")


async def test_a_members_own_lifetime_of_zero_lifts_the_common_one(house):
    policy = replace(house.place.keeping.policy, lifetime=HOUR)
    keeping = replace(house.place.keeping, policy=policy)
    server = await house.server()
    await house.pass_time(MINUTE)
    ana = Member("U_ANA")
    assert (await keeping.extend(ana, ServerId(server.id), 4 * HOUR)).shortened
    await limited(house, lifetime=timedelta(0))
    assert not (await keeping.extend(ana, ServerId(server.id), 4 * HOUR)).shortened
