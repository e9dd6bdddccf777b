"""Work without a state of its own: whatever ends its workflow, it is done or answered in words."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from provisioning.core.errors import NotYet
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job, ResizeRequest, Server, Status
from provisioning.core.ports.engine import due_on
from tests.integration.workflows.house import House
from tests.integration.workflows.test_admit import share
from tests.integration.workflows.test_workflows import change, ready

pytestmark = pytest.mark.timeout(240)


async def unreachable(house: House, begin: Callable[[], Awaitable[object]], call: str) -> None:
    """Begin work that the machine does not answer, and wait until it has tried."""
    house.host.failures[call] = [NotYet("SSH does not answer", 0.02) for _ in range(5000)]
    await begin()

    async def tried() -> bool:
        return len(house.host.failures[call]) < 5000

    await house.until(tried)


async def ask_for_password(house: House, key: str = "click") -> None:
    await house.engine.begin(Job.PASSWORD, await house.store.get("s1"), key)


async def until_nothing_is_due(house: House) -> None:
    async def none() -> bool:
        return not await house.stores.due.of()

    await house.until(none)


async def passwords(house: House, count: int) -> None:
    async def posted() -> bool:
        return len(house.cards.passwords) == count

    await house.until(posted)
    await until_nothing_is_due(house)
    assert len(house.cards.passwords) == count


async def resize(house: House, server: Server) -> None:
    changed = await house.store.update(
        "s1",
        server.generation,
        generation=server.generation + 1,
        status=Status.RESIZING,
        resize=ResizeRequest("Standard_B2ms", None),
    )
    await house.engine.begin(Job.RESIZE, changed)


@pytest.mark.parametrize("job", [Job.RESTART, Job.RESIZE])
async def test_a_password_that_other_work_superseded_comes_after_it(house, job):
    server = await ready(house)
    await unreachable(house, lambda: ask_for_password(house), "plant_password")
    house.cloud.failures["stop"] = [NotYet("Azure is busy", 0.02)] * 5
    if job is Job.RESIZE:
        await resize(house, server)
    else:
        await change(house, server, job, Status.RESTARTING)
    await house.until_shown("s1", "running")
    house.host.failures.clear()
    await passwords(house, 2)


async def test_a_password_waits_for_the_start_of_a_stopped_server(house):
    server = await ready(house)
    await unreachable(house, lambda: ask_for_password(house), "plant_password")
    stopping = await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    house.host.failures.clear()
    await house.engine.recover()
    assert [each.job for each in await house.stores.due.of()] == [Job.PASSWORD]
    await change(house, stopping, Job.START, Status.STARTING)
    await passwords(house, 2)


async def test_a_password_of_a_deleted_server_is_answered_in_words(house):
    server = await ready(house)
    await unreachable(house, lambda: ask_for_password(house), "plant_password")
    await house.delete(server)
    await house.until_shown("s1", "no password")
    await until_nothing_is_due(house)
    assert len(house.cards.passwords) == 1


async def test_packages_of_a_deleted_server_are_answered_in_words(house):
    server = await ready(house)

    async def begin() -> None:
        event = Event(house.clock.now(), "U_ANA", "packages", "s1", "accepted")
        wanted = await house.store.update("s1", server.generation, event, packages=("toolz",))
        await house.engine.begin(Job.PACKAGES, wanted, "t1")

    await unreachable(house, begin, "set_packages")
    await house.delete(await house.store.get("s1"))
    await house.until_shown("s1", "no packages")
    await until_nothing_is_due(house)


async def test_a_request_has_effect_once_and_leaves_nothing_due(house):
    await ready(house)
    await ask_for_password(house)
    await passwords(house, 2)
    await ask_for_password(house)
    await house.engine.recover()
    await passwords(house, 2)


async def test_requests_of_two_moments_that_were_superseded_are_done_by_one_password(house):
    server = await ready(house)
    await unreachable(house, lambda: ask_for_password(house, "one"), "plant_password")
    await ask_for_password(house, "two")
    await change(house, server, Job.RESTART, Status.RESTARTING)
    await house.until_shown("s1", "running")
    house.host.failures.clear()
    await passwords(house, 2)


@pytest.mark.parametrize("again", [False, True])
async def test_work_whose_begin_a_crash_lost_is_found(house, again):
    server = await ready(house)
    event = Event(house.clock.now(), "U_ANA", "packages", "s1", "accepted")
    work = due_on(Job.PACKAGES, server, "click")
    await house.store.update("s1", server.generation, event, work, packages=("toolz",))
    await house.engine.recover()
    if again:
        await house.engine.begin(Job.PACKAGES, server, "click")
    await house.until_shown("s1", "packages ")
    await until_nothing_is_due(house)
    assert house.host.packages == ["toolz"]
    assert house.cards.endings("s1").count("packages ") == 1


async def test_an_invitation_that_a_resize_superseded_comes_after_it(house):
    server = await ready(house)
    await unreachable(house, lambda: share(house), "plant_password")
    await resize(house, server)
    await house.until_shown("s1", "running")
    house.host.failures.clear()
    await house.until_shown("s1", "shared with U_BOB")
    await until_nothing_is_due(house)
    assert len(house.cards.invitations) == 1


async def test_a_rename_that_other_work_superseded_reaches_azures_tags(house):
    server = await ready(house)
    house.cloud.failures["tag_server"] = [NotYet("Azure is busy", 0.02) for _ in range(5000)]
    work = due_on(Job.RENAME, server, "click")
    event = Event(house.clock.now(), "U_ANA", "rename", "s1", "accepted")
    renamed = await house.store.update("s1", server.generation, event, work, name="other")
    await house.engine.begin(Job.RENAME, renamed, "click")
    await asyncio.sleep(0.2)
    await change(house, renamed, Job.RESTART, Status.RESTARTING)
    await house.until_shown("s1", "running")
    house.cloud.failures.clear()
    await until_nothing_is_due(house)
