"""What only admins may type, and what they are answered."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.admin.answers import MOST_EVENTS_SHOWN
from handlers.servers.listing import MOST_LISTED
from provisioning.core.model.events import Event
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


@pytest.mark.parametrize("words", ["servers", "quota", "audit", "announce hello"])
async def test_nobody_else_may(place, words):
    assert "for admins of this bot" in await place.type(f"admin {words}")


async def test_nobody_else_sees_them_in_the_help(place):
    assert "admin audit" not in await place.type("help")
    assert "admin audit" in await place.type("help", user="U_EVE")


async def test_everybodys_servers_are_listed_with_their_owners(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    answer = await place.type("admin servers", user="U_EVE")
    assert "<@U_ANA>" in answer
    assert "<@U_BOB>" in answer
    assert "sales" not in await place.type("admin servers stopped", user="U_EVE")
    assert "No server is failed" in await place.type("admin servers failed", user="U_EVE")
    assert await place.type("list --all", user="U_EVE") == answer


async def test_of_many_servers_the_oldest_are_shown_and_all_come_as_a_file(place):
    for number in range(MOST_LISTED + 3):
        await place.server(f"server-{number}", owner=f"U_{number}", status=Status.RUNNING)
    answer = await place.type("admin servers", user="U_EVE")
    assert f"{MOST_LISTED + 3} servers" in answer
    assert "… and 3 younger ones" in answer
    await place.type("admin servers running --csv", user="U_EVE")
    _, content = await place.file("servers.csv", "U_EVE")
    rows = content.decode().splitlines()
    assert [row.split(",")[0] for row in rows][:3] == ["name", "server-0", "server-1"]
    assert len(rows) == MOST_LISTED + 4


async def test_the_quota_names_who_holds_cores(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    answer = await place.type("admin quota", user="U_EVE")
    assert "Total Regional Cores: *6* of 100" in answer
    assert "<@U_ANA>: 2 cores on 1 server" in answer
    assert "U_BOB" not in answer


async def test_the_audit_trail_tells_who_asked_for_what(place):
    await place.type("create ubuntu sales")
    await place.type("create ubuntu models", user="U_BOB")
    everything = await place.type("admin audit", user="U_EVE")
    assert "<@U_ANA> *create* accepted · sales" in everything
    assert "<@U_BOB> *create* accepted · models" in everything
    assert "models" not in await place.type("admin audit sales", user="U_EVE")
    assert "never was a server" in await place.type("admin audit nowhere", user="U_EVE")


async def test_of_a_long_trail_the_latest_lines_are_shown_and_the_others_are_counted(place):
    server = await place.server("sales")
    now = datetime.now(UTC)
    for number in range(MOST_EVENTS_SHOWN + 7):
        at = now - timedelta(minutes=number)
        await place.stores.audit.record(
            Event(at, "U_ANA", "stop", server.id, "ok", f"stop-{number}")
        )
    # The line of its making is the eighth too many.
    assert "… and 8 earlier ones" in await place.type("admin audit sales", user="U_EVE")


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999"])
async def test_days_that_are_no_days_are_refused(place, days):
    assert "--days 30" in await place.type(f"admin audit --days {days}", user="U_EVE")


async def test_the_audit_trail_comes_as_a_file(place):
    await place.type("create ubuntu sales")
    assert "by DM" in await place.type("admin audit --csv", user="U_EVE")
    _, content = await place.file("audit.csv", "U_EVE")
    assert "U_ANA,create" in content.decode()


async def test_an_announcement_reaches_everybody_who_has_a_server_once(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("more", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    text = "Restart at 20:00 <soon>, sorry"
    assert "2 people" in await place.type(f"admin announce {text}", user="U_EVE")
    for person in ("U_ANA", "U_BOB"):

        async def told(person=person):
            said = [each["text"] for each in await place.dms(person)]
            return [each for each in said if "Restart at 20:00" in each]

        assert await until(told) == ["Restart at 20:00 &lt;soon&gt;, sorry"]
    assert (await place.stores.audit.events())[0].action == "announce"
