"""Updates at a start, and repairs, on the real engine."""

import pytest

from provisioning.core.errors import PermanentError
from provisioning.core.model.machine import RepairResult, UpdateResult
from provisioning.core.model.server import Job, Server, Status
from provisioning.servers.transitions import (
    REPAIR_RUNNING,
    REPAIR_STOPPED,
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


async def test_a_server_that_no_repair_helps_is_stopped_with_the_reason(house):
    server = await ready(house)
    house.host.failures["verify"] = [PermanentError("The kernel answered 3.", "Unverified")]
    await repair(house, server, REPAIR_RUNNING)
    row = await house.until_cleaned("s1", "It could not be repaired: The kernel answered 3.")
    assert (row.status, row.failure.job) == (Status.STOPPED, Job.REPAIR)


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
