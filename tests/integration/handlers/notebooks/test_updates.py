"""Updates of servers on request, by their owner and by an admin, in the local Slack."""

from datetime import UTC, datetime, timedelta

from handlers.kit import action_ids
from provisioning.core.model.activity import Activity, WorkKind, Workload, unknown_activity
from provisioning.core.model.machine import UpdateEnd, UpdateReport
from provisioning.core.model.server import Job, Status
from provisioning.notebooks.updates import UpdateRound
from tests.integration.handlers.world import until

HOUR = 3600.0


async def running(place, name="sales", owner="U_ANA", **changes):
    server = await place.server(name, owner, status=Status.RUNNING)
    ready_at = datetime.now(UTC) - timedelta(hours=2)
    return await place.store.update(server.id, server.generation, ready_at=ready_at, **changes)


async def said(place, words, user="U_ANA"):
    async def there():
        return words in str(await place.dms(user))

    assert await until(there)


async def test_the_owner_updates_a_running_server(place):
    server = await running(place)
    assert "I'm updating `sales`" in await place.type("update sales")
    assert place.work.taken() == [(Job.UPDATE, server.id)]
    await place.store.update(server.id, server.generation, status=Status.STOPPED)
    assert "each start updates it anyway" in await place.type("update sales")
    assert "no server named" in await place.type("update sales", "U_EVE")


async def test_an_update_that_waits_comes_with_a_button_that_restarts(place):
    server = await running(place)
    await place.cards.post_update(server, UpdateEnd.WAITS)
    await said(place, "follows at the next start or restart")
    await place.click((await place.dms())[-1], action_ids.RESTART_BUTTON)

    async def restarting():
        return (await place.store.get(server.id)).status is Status.RESTARTING

    assert await until(restarting)


async def test_an_admin_sees_versions_and_updates_all_idle_servers(place):
    unused = Activity(last_used=HOUR)
    cell = Workload(WorkKind.CELL, "c", "train.ipynb", 60.0, 0.9)
    old = await running(place, "old", machine_version="abcdefabcdef")
    await running(place, "fresh", machine_version=place.host.version)
    used, silent = await running(place, "used"), await running(place, "silent", "U_BOB")
    typing = await running(place, "typing", "U_BOB")
    place.seen.update({old.id: unused, used.id: Activity((cell,)), typing.id: Activity((), 5.0)})
    place.seen[silent.id] = unknown_activity("no answer")
    answer = await place.type("admin servers", "U_EVE")
    for words in ("`abcdefa`, behind", "`0123456`, current", "version unknown, so behind"):
        assert words in answer
    await place.click((await place.ephemerals("U_EVE"))[-1], action_ids.UPDATE_IDLE_BUTTON, "U_EVE")

    async def begun():
        return "a few at a time" in str(await place.ephemerals("U_EVE"))

    assert await until(begun)
    answer = str((await place.ephemerals("U_EVE"))[-1])
    assert "I'm updating `old`" in answer
    assert "next start: `used`, `typing`" in answer
    assert "whether these are in use, so they are updated at their next start: `silent`" in answer
    assert "1 running server is up to date" in answer
    assert place.work.taken() == [(Job.UPDATE, old.id)]
    assert UpdateRound.of(await place.store.get(old.id)).admin == "U_EVE"


async def test_the_report_of_a_round_reaches_its_admin_once(place):
    of = UpdateRound("U_EVE", datetime.now(UTC))
    report = UpdateReport({UpdateEnd.UPDATED: ("a", "b"), UpdateEnd.FAILED: ("c",)})
    for _ in range(2):
        await place.cards.post_update_report("U_EVE", of.key, report)
    dms = [str(each) for each in await place.dms("U_EVE")]
    assert len([each for each in dms if "updates of the idle servers have ended" in each]) == 1
    assert "`a`, `b`" in dms[-1]


async def test_only_admins_update_the_servers_of_others(place):
    assert "for admins of this bot" in await place.type("admin update")
