"""`schedule` and `idle`, from the command to the actions of the sweep."""

from datetime import UTC, datetime

import pytest

from provisioning.access.rights import ServerId
from provisioning.core.model.server import Status
from tests.integration.handlers.cleanup import ANA, BUSY, HOUR, MINUTE, SATURDAY

# Ana is in Madrid, in winter.
MONDAY_NINE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
MONDAY_SIX = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


async def test_a_schedule_starts_a_server_and_stops_it_once_its_work_has_ended(house):
    await house.server()
    await house.place.servers.stop(ANA, ServerId((await house.place.store.find("sales")).id))
    await house.do_work()
    answer = await house.place.type("schedule sales weekdays 9-18")
    assert "`weekdays 9-18`" in answer
    assert f"<!date^{int(MONDAY_NINE.timestamp())}^" in answer
    await house.pass_time(MONDAY_NINE - SATURDAY - MINUTE, step=HOUR)
    assert await house.status() is Status.STOPPED
    await house.pass_time(MINUTE)
    assert await house.status() is Status.RUNNING
    house.probes.seen["sales"] = BUSY
    await house.pass_time(MONDAY_SIX - MONDAY_NINE + 2 * HOUR, step=5 * MINUTE)
    assert await house.status() is Status.RUNNING  # its hours are over, its work is not
    del house.probes.seen["sales"]
    await house.pass_time(10 * MINUTE)
    (warning,) = [each for each in await house.dms() if "will be stopped" in each["text"]]
    assert "scheduled hours end" in warning["text"]
    await house.pass_time(20 * MINUTE)
    assert await house.status() is Status.STOPPED
    assert "its scheduled hours are over" in (await house.dms())[-1]["text"]


async def test_a_schedule_is_shown_and_ended(house):
    await house.server()
    assert "no schedule" in await house.place.type("schedule sales")
    await house.place.type("schedule sales mon-thu 8:30-17")
    assert "`mon-thu 8:30-17`" in await house.place.type("schedule sales")
    assert "no schedule" in await house.place.type("schedule sales off")


@pytest.mark.parametrize("text", ["sometimes", "weekdays", "weekdays 9-9", "weekdays 9-25"])
async def test_invalid_hours_are_refused_with_examples(house, text):
    await house.server()
    assert "weekdays 9-18" in await house.place.type(f"schedule sales {text}")
    assert "no schedule" in await house.place.type("schedule sales")


async def test_a_servers_own_idle_time_replaces_the_default(house):
    await house.server()
    await house.server("other")
    assert "`3h`" in await house.place.type("idle sales 3h")
    await house.pass_time(2 * HOUR, step=5 * MINUTE)
    assert await house.status("other") is Status.STOPPED
    assert await house.status() is Status.RUNNING
    await house.pass_time(2 * HOUR, step=5 * MINUTE)
    assert await house.status() is Status.STOPPED


async def test_an_idle_time_beyond_the_admins_limit_is_shortened_and_the_answer_says_so(house):
    await house.server()
    answer = await house.place.type("idle sales 9d")
    assert "`12h`" in answer
    assert "admin" in answer
    assert "default" in await house.place.type("idle sales default")


async def test_the_schedule_of_another_members_server_is_not_found(house):
    await house.server()
    assert "no server named" in await house.place.type("schedule sales daily 9-18", user="U_EVE")


async def test_an_owners_own_idle_time_applies_to_servers_without_one(house):
    await house.server()
    await house.server("other")
    await house.place.type("settings --idle 180")
    await house.place.type("idle other 1h")
    await house.pass_time(2 * HOUR, step=5 * MINUTE)
    assert await house.status() is Status.RUNNING
    assert await house.status("other") is Status.STOPPED
    await house.pass_time(2 * HOUR, step=5 * MINUTE)
    assert await house.status() is Status.STOPPED
