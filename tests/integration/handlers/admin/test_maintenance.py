"""Maintenance: nothing new begins, what runs is finished, and stopping works."""

import pytest

from bot.process.clock import SystemClock
from provisioning.access.maintenance import Maintenance
from provisioning.core.errors import UserError
from provisioning.core.model.server import Status
from tests.integration.handlers.world import world


@pytest.fixture
async def place(tmp_path):
    async with world(tmp_path, parts={"schedules": {}}) as running:
        yield running


async def test_new_work_is_refused_until_maintenance_ends(place):
    stopped = await place.server("sales", status=Status.STOPPED)
    running = await place.server("other", status=Status.RUNNING)
    assert "Maintenance is on" in await place.type("admin maintenance on", "U_EVE")
    for typed in ("create ubuntu new", f"start {stopped.name}", f"restart {running.name}"):
        assert "doing maintenance" in await place.type(typed)
    assert place.work.asked == []
    assert "doing maintenance" not in await place.type(f"stop {running.name}")
    assert "Maintenance is off" in await place.type("admin maintenance off", "U_EVE")
    assert "doing maintenance" not in await place.type(f"start {stopped.name}")


async def test_maintenance_outlives_the_process_and_is_in_the_audit_trail(place):
    maintenance = place.bot.edges.maintenance
    await maintenance.begin("U_EVE")
    await maintenance.begin("U_EVE")
    after_a_restart = Maintenance(place.stores.posted_once, place.stores.audit, SystemClock())
    with pytest.raises(UserError, match="doing maintenance"):
        await after_a_restart.require_open()
    events = await place.stores.audit.events()
    assert [(e.actor, e.detail) for e in events if e.action == "maintenance"] == [("U_EVE", "on")]


async def test_members_may_not_begin_it(place):
    assert "for admins" in await place.type("admin maintenance on", "U_ANA")
    assert "takes `on` or `off`" in await place.type("admin maintenance perhaps", "U_EVE")
