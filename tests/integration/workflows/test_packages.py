"""A server's packages, from the list to the machine and back, on the real engine."""

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job
from tests.integration.workflows.test_workflows import ready

pytestmark = pytest.mark.timeout(240)


async def want(house, packages: str, key: str) -> None:
    server = await house.store.get("s1")
    event = Event(house.clock.now(), "U_ANA", "packages", "s1", "accepted")
    changed = await house.store.update(
        "s1", server.generation, event, packages=tuple(packages.split())
    )
    await house.engine.begin(Job.PACKAGES, changed, key)


async def test_the_machine_gets_the_packages_and_the_owner_is_notified(house):
    await ready(house)
    house.host.failures["set_packages"] = [NotYet("SSH does not answer", 0.01)]
    await want(house, "polars>=1.0 toolz", "t1")
    await want(house, "polars>=1.0 toolz", "t1")

    async def told() -> bool:
        return "packages " in house.cards.endings("s1")

    await house.until(told)
    assert house.host.packages == ["polars>=1.0", "toolz"]
    assert (await house.store.get("s1")).packages_applied == ("polars>=1.0", "toolz")
    assert house.cards.endings("s1").count("packages ") == 1


async def test_a_failed_installation_restores_the_list_and_shows_the_reason(house):
    await ready(house)
    await want(house, "toolz", "t1")

    async def applied() -> bool:
        return (await house.store.get("s1")).packages_applied == ("toolz",)

    await house.until(applied)
    house.host.failures["set_packages"] = [PermanentError("polarz was not found", "SetUpFailed")]
    await want(house, "toolz polarz", "t2")
    await house.until_shown("s1", "polarz was not found")
    server = await house.store.get("s1")
    assert (server.packages, server.packages_applied) == (("toolz",), ("toolz",))
