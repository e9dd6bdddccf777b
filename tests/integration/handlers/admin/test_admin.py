"""The commands for admins, and their answers."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.admin.answers import MOST_EVENTS_SHOWN
from handlers.servers.listing import MOST_LISTED
from provisioning.core.model.events import Event
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


@pytest.mark.parametrize("words", ["servers", "quota", "audit", "announce hello"])
async def test_only_admins_may_use_the_commands(place, words):
    assert "for admins of this bot" in await place.type(f"admin {words}")


async def test_only_admins_see_the_commands_in_the_help(place):
    assert "admin audit" not in await place.type("help")
    assert "admin audit" in await place.type("help", user="U_EVE")


async def test_all_servers_are_listed_with_their_owners(place):
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
    assert "… and 3 newer servers" in answer
    await place.type("admin servers running --csv", user="U_EVE")
    _, content = await place.file("servers.csv", "U_EVE")
    rows = content.decode().splitlines()
    assert [row.split(",")[0] for row in rows][:3] == ["name", "server-0", "server-1"]
    assert len(rows) == MOST_LISTED + 4


async def test_the_quota_names_the_owners_of_running_servers(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    answer = await place.type("admin quota", user="U_EVE")
    assert "Total Regional Cores: *6* of 100" in answer
    assert "<@U_ANA>: 2 cores on 1 server" in answer
    assert "U_BOB" not in answer


async def test_the_audit_trail_names_the_requester_of_each_action(place):
    await place.type("create ubuntu sales")
    await place.type("create ubuntu models", user="U_BOB")
    everything = await place.type("admin audit", user="U_EVE")
    assert "<@U_ANA> *create* accepted · sales" in everything
    assert "<@U_BOB> *create* accepted · models" in everything
    assert "models" not in await place.type("admin audit sales", user="U_EVE")
    assert "never was a server" in await place.type("admin audit nowhere", user="U_EVE")


async def test_of_a_long_trail_the_latest_entries_are_shown_and_the_others_are_counted(place):
    server = await place.server("sales")
    now = datetime.now(UTC)
    for number in range(MOST_EVENTS_SHOWN + 7):
        at = now - timedelta(minutes=number)
        await place.stores.audit.record(
            Event(at, "U_ANA", "stop", server.id, "ok", f"stop-{number}")
        )
    # The entry of the creation is the eighth too many.
    assert "… and 8 earlier entries" in await place.type("admin audit sales", user="U_EVE")


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999"])
async def test_an_invalid_number_of_days_is_refused(place, days):
    assert "--days 30" in await place.type(f"admin audit --days {days}", user="U_EVE")


async def test_the_audit_trail_comes_as_a_file(place):
    await place.type("create ubuntu sales")
    assert "by DM" in await place.type("admin audit --csv", user="U_EVE")
    _, content = await place.file("audit.csv", "U_EVE")
    assert "U_ANA,create" in content.decode()


async def test_an_announcement_reaches_each_owner_of_a_server_once(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("more", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    text = "Restart at 20:00 <soon>, sorry"
    assert "2 members" in await place.type(f"admin announce {text}", user="U_EVE")
    for person in ("U_ANA", "U_BOB"):

        async def received(person=person):
            texts = [each["text"] for each in await place.dms(person)]
            return [each for each in texts if "Restart at 20:00" in each]

        assert await until(received) == ["Restart at 20:00 &lt;soon&gt;, sorry"]
    assert (await place.stores.audit.events())[0].action == "announce"
