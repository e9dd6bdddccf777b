"""Updates at a start, and repairs, on the real engine."""

from datetime import timedelta

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.machine import (
    MachineLogs,
    RepairResult,
    SetUpResult,
    UpdateEnd,
    UpdateResult,
)
from provisioning.core.model.server import Job, ResizeRequest, Server, Status
from provisioning.core.ports.engine import due_on
from provisioning.notebooks.updates import UpdateRound
from provisioning.servers.transitions import (
    REPAIR_RUNNING,
    REPAIR_STOPPED,
    STOP,
    UNDER_REPAIR,
    Transition,
    Transitions,
)
from tests.integration.workflows.test_workflows import change, ready

pytestmark = pytest.mark.timeout(240)


async def repair(house, server: Server, transition: Transition) -> None:
    transitions = Transitions(house.store, house.engine, house.clock)
    assert await transitions.begin(server, transition, "U_ANA", failure=UNDER_REPAIR)


async def until_running(house) -> Server:
    async def runs() -> bool:
        return (await house.store.get("s1")).status is Status.RUNNING

    await house.until(runs)
    return await house.store.get("s1")


async def stopped(house) -> Server:
    await change(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    return await house.store.get("s1")


async def test_a_repair_of_a_stopped_server_starts_it_and_notes_what_is_left_to_do(house):
    server = await stopped(house)
    house.host.repaired = RepairResult(("pystan==2.19",), "", ("random.py",))
    await repair(house, server, REPAIR_STOPPED)
    row = await until_running(house)
    assert house.host.repairs == 1
    assert "power" in house.cloud.resources["s1"]
    assert "pystan==2.19" in str(row.failure.text)
    assert "random.py" in str(row.failure.text)
    assert house.host.people == ["U_ANA"]


async def test_a_repair_that_left_nothing_to_do_leaves_no_note(house):
    await repair(house, await ready(house), REPAIR_RUNNING)
    row = await until_running(house)
    assert (house.host.repairs, row.failure) == (1, None)


async def test_a_repair_that_a_crash_lost_is_begun_again_as_a_repair(house):
    server = await ready(house)
    changes = REPAIR_RUNNING.applied(server, awaited=True, failure=UNDER_REPAIR)
    await house.store.update(server.id, server.generation, **changes)
    await house.engine.recover()
    await until_running(house)
    assert house.host.repairs == 1


UNVERIFIED = PermanentError("The kernel answered 3.", "Unverified")


async def test_a_server_that_no_repair_helps_stays_on_with_the_reason_and_its_log(house):
    server = await ready(house)
    house.host.failures["verify"] = [UNVERIFIED]
    house.host.written = MachineLogs((), ("ImportError: no such module",))
    await repair(house, server, REPAIR_RUNNING)
    row = await house.until_cleaned("s1", "It could not be repaired: The kernel answered 3.")
    assert (row.status, row.failure.job) == (Status.RUNNING, Job.REPAIR)
    assert "power" in house.cloud.resources["s1"]
    assert row.outage.log == "ImportError: no such module"
    assert row.outage.until - row.outage.since == timedelta(hours=4)
    await repair(house, row, REPAIR_RUNNING)
    assert (await until_running(house)).outage is None


@pytest.mark.parametrize(
    ("job", "status", "text"),
    [
        (Job.START, Status.STARTING, "It did not come up after the start: The kernel"),
        (Job.RESTART, Status.RESTARTING, "did not come up again after the restart: The kernel"),
    ],
)
async def test_a_server_whose_notebook_does_not_come_up_stays_on_for_its_repair(
    house, job, status, text
):
    server = await (stopped if job is Job.START else ready)(house)
    house.host.failures["verify"] = [UNVERIFIED]
    house.host.failures["logs"] = [NotYet("SSH does not answer")]
    await change(house, server, job, status)
    row = await house.until_cleaned("s1", text)
    assert (row.status, row.stopped_at, row.outage.log) == (Status.RUNNING, None, "")
    assert "power" in house.cloud.resources["s1"]


async def test_a_machine_that_can_not_be_reached_is_stopped_as_before(house):
    server = await stopped(house)
    house.host.failures["wait_until_reachable"] = [PermanentError("It is silent.", "Timeout")]
    await change(house, server, Job.START, Status.STARTING)
    row = await house.until_cleaned("s1", "It could not be started: It is silent.")
    assert (row.status, row.outage) == (Status.STOPPED, None)
    assert "power" not in house.cloud.resources["s1"]


async def test_a_resize_after_which_nothing_comes_up_leaves_the_former_size_and_an_outage(house):
    server = await ready(house)
    house.host.failures["verify"] = [UNVERIFIED, UNVERIFIED]
    resize = ResizeRequest("Standard_B2ms", None)
    changed = await house.store.update(
        "s1", server.generation, generation=server.generation + 1, status=Status.RESIZING,
        resize=resize,
    )  # fmt: skip
    await house.engine.begin(Job.RESIZE, changed)
    row = await house.until_cleaned("s1", "And the notebook server does not come up again")
    assert (row.status, row.size) == (Status.RUNNING, "Standard_B2s")
    assert house.cloud.machine_sizes == {"s1": "Standard_B2s"}
    assert row.outage is not None


async def test_an_update_after_which_nothing_comes_up_is_an_outage(house):
    server = await ready(house)
    house.host.failures["verify"] = [UNVERIFIED]
    house.host.updated = UpdateResult("updated", "4.6.6", version=house.host.version)
    await requested(house, server)
    row = await house.until_cleaned("s1", "It did not come up after the update")
    assert (row.status, row.failure.job) == (Status.RUNNING, Job.UPDATE)
    assert row.outage is not None


async def test_a_stop_for_an_outage_keeps_the_reason_and_a_repair_starts_it(house):
    server = await ready(house)
    house.host.failures["verify"] = [UNVERIFIED]
    await change(house, server, Job.RESTART, Status.RESTARTING)
    row = await house.until_cleaned("s1", "did not come up again after the restart")
    transitions = Transitions(house.store, house.engine, house.clock)
    assert await transitions.begin(row, STOP, "cleanup", failure=row.failure)
    await house.until_shown("s1", f"stopped: {row.failure.text}")
    row = await house.store.get("s1")
    assert (row.status, row.outage, row.failure.job) == (Status.STOPPED, None, Job.RESTART)
    await repair(house, row, REPAIR_STOPPED)
    assert (await until_running(house)).failure is None


async def test_the_admins_hear_of_a_version_that_does_not_work_after_a_repair_too(house):
    house.host.updated = UpdateResult("kept", "4.5.0", ("ImportError: no such module",))
    await repair(house, await ready(house), REPAIR_RUNNING)
    await until_running(house)
    assert list(house.alerts.asked) == [("s1", "UpdateFailed")]


async def test_a_failed_update_holds_up_no_start_and_the_admins_hear_of_it_once(house):
    server = await stopped(house)
    house.host.updated = UpdateResult("kept", "4.5.0", ("ImportError: no such module",))
    await change(house, server, Job.START, Status.STARTING)
    row = await until_running(house)
    assert row.failure is None
    assert list(house.alerts.asked) == [("s1", "UpdateFailed")]


async def test_packages_that_an_update_lost_are_noted_on_the_card(house):
    server = await stopped(house)
    house.host.updated = UpdateResult("updated", "4.6.6", (), ("traitlets==4.3.3",))
    await change(house, server, Job.START, Status.STARTING)
    row = await until_running(house)
    assert "traitlets==4.3.3" in str(row.failure.text)


async def requested(house, server: Server, key: str = "k1", **changes: object) -> None:
    due = due_on(Job.UPDATE, server, key)
    changed = await house.store.update(
        server.id, server.generation, None, due, status=server.status, **changes
    )
    await house.engine.begin(Job.UPDATE, changed, key)


async def shown(house, what: str, server_id: str = "s1") -> None:
    async def there() -> bool:
        return any(what in each for each in house.cards.endings(server_id))

    await house.until(there)


async def test_the_set_up_notes_the_version_that_the_machine_got(house):
    house.host.result = SetUpResult("AB:CD", 1.0, version="0123456789abcdef")
    assert (await ready(house)).machine_version == house.host.version


async def test_an_update_on_request_leaves_the_server_running_and_says_its_end(house):
    server = await ready(house)
    house.host.updated = UpdateResult("updated", "4.6.6", version=house.host.version)
    verified = house.host.verified
    await requested(house, server)
    await shown(house, "update updated")
    row = await house.store.get("s1")
    assert (row.status, row.failure) == (Status.RUNNING, None)
    assert row.machine_version == house.host.version
    assert (house.host.verified, row.generation) == (verified + 1, server.generation)


async def test_an_update_waits_while_a_program_of_a_member_runs(house):
    server = await ready(house)
    house.host.updated = UpdateResult("busy", "4.5.0", version="older")
    verified = house.host.verified
    await requested(house, server)
    await shown(house, "update waits")
    assert (await house.store.get("s1")).machine_version == "older"
    assert house.host.verified == verified


async def test_a_requested_update_that_does_not_work_leaves_the_former_version_and_is_told(house):
    server = await ready(house)
    house.host.updated = UpdateResult("kept", "4.5.0", ("ImportError: no such module",), (), "old")
    await requested(house, server)
    await shown(house, "running: It was not updated")
    row = await house.store.get("s1")
    assert (row.status, row.failure.job, row.machine_version) == (
        Status.RUNNING, Job.UPDATE, "old",
    )  # fmt: skip

    async def admins_asked() -> bool:
        return list(house.alerts.asked) == [("s1", "UpdateFailed")]

    await house.until(admins_asked)  # the card comes first
    house.host.updated = UpdateResult("updated", "4.6.6", version=house.host.version)
    await requested(house, row, "k2")
    await shown(house, "update updated")

    async def forgotten() -> bool:
        return (await house.store.get("s1")).failure is None

    await house.until(forgotten)
    assert house.cards.endings("s1")[-1] == "running"


async def test_a_round_of_updates_is_reported_to_its_admin_once_all_have_ended(house):
    one, two = await ready(house), await ready(house, 2)
    of = UpdateRound("U_EVE", house.clock.now())
    await house.store.update(two.id, two.generation, update_round=of.stored)
    house.host.failures["update"] = [PermanentError("No room.", "DiskFull")]
    await requested(house, one, of.key, update_round=of.stored)
    await shown(house, "It was not updated")
    assert house.cards.reports == []
    await requested(house, two, of.key, update_round=of.stored)

    async def reported() -> bool:
        return bool(house.cards.reports)

    await house.until(reported)
    (admin, report), *more = house.cards.reports
    assert (admin, more) == ("U_EVE", [])
    assert report.names == {UpdateEnd.FAILED: ("name-1",), UpdateEnd.UPDATED: ("name-2",)}

    async def cleared() -> bool:
        rows = [await house.store.get(each) for each in ("s1", "s2")]
        return not any(row.update_round for row in rows)

    await house.until(cleared)


async def test_a_server_that_stopped_before_its_turn_does_not_hold_up_the_report(house):
    server = await stopped(house)
    of = UpdateRound("U_EVE", house.clock.now())
    await requested(house, server, of.key, update_round=of.stored)

    async def reported() -> bool:
        return bool(house.cards.reports)

    await house.until(reported)
    assert house.cards.reports[0][1].names == {UpdateEnd.OFF: (server.name,)}
