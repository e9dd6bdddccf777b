"""Forgetting a person: nothing in the database names them any more, and sums stay right."""

import sqlite3
from contextlib import closing

import pytest

from provisioning.core.model.server import Status
from tests.integration.handlers.world import world


@pytest.fixture
async def place(tmp_path):
    async with world(tmp_path, parts={"schedules": {}}) as running:
        running.folder = tmp_path
        yield running


def tables_that_name(place, person):
    """The tables of the database in which the person's id stands anywhere."""
    (file,) = place.folder.glob("*.db")
    found = []
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in names:
            rows = database.execute(f'select * from "{table}"').fetchall()
            if any(person in str(value) for row in rows for value in row):
                found.append(table)
    return found


async def test_nothing_names_a_forgotten_person(place):
    server = await place.server("sales", owner="U_BOB")
    await place.type("settings --language en", "U_BOB")
    await place.type("admin limits @bob servers=1", "U_EVE")
    assert "still has or uses" in await place.type("admin forget <@U_BOB>", "U_EVE")
    changed = await place.store.get(server.id)
    await place.store.update(server.id, changed.generation, status=Status.DELETED)
    assert tables_that_name(place, "U_BOB")
    said = await place.type("admin forget <@U_BOB>", "U_EVE")
    assert "Done." in said
    assert set(tables_that_name(place, "U_BOB")) <= {"interactions"}, "the admin's own command"
    events = await place.stores.audit.events(server.id)
    assert all(each.actor.startswith("forgotten-") for each in events)


async def test_only_an_admin_forgets_and_nobody_unknown_or_oneself(place):
    assert "for admins" in await place.type("admin forget <@U_BOB>", "U_ANA")
    assert "I know nothing about" in await place.type("admin forget <@U_MAL>", "U_EVE")
    assert "another admin" in await place.type("admin forget <@U_EVE>", "U_EVE")
