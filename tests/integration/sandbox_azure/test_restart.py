"""A restart of the process: no state is lost, and operations in flight go on."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from bot.sandbox.azure.app import LocalAzure

GROUP = "rg"


@pytest.fixture
async def restarts(tmp_path, machines, portal_type):
    """Stop local Azure if it runs, start it on the same folder, and return a portal to it."""
    async with AsyncExitStack() as stack:

        async def restart():
            await stack.aclose()
            running = LocalAzure.running(tmp_path / "azure", machines=machines, speed=1000, seed=1)
            portal = portal_type(await stack.enter_async_context(running))
            stack.push_async_callback(portal.close)
            return portal

        yield restart


async def test_what_exists_is_there_after_a_restart(restarts):
    portal = await restarts()
    await portal.prepare()
    before = await portal.make_vm(tags={"owner": "ana"})

    portal = await restarts()

    after = await portal.compute.virtual_machines.get(GROUP, "vm")
    assert (after.vm_id, after.tags) == (before.vm_id, before.tags)
    provider = await portal.resources.providers.get("Microsoft.Compute")
    assert provider.registration_state == "Registered"


async def test_only_machines_that_ran_boot_again(restarts, machines):
    portal = await restarts()
    await portal.prepare()
    await portal.make_vm("one")
    await portal.make_vm("two")
    await (await portal.compute.virtual_machines.begin_deallocate(GROUP, "two")).result()

    await restarts()

    assert [machine_id.split("-")[0] for machine_id in machines.running] == ["one"]


async def test_a_creation_in_flight_goes_on_after_a_restart(restarts, machines):
    portal = await restarts()
    await portal.prepare()
    nic = await portal.make_nic("nic")
    await portal.sandbox("POST", "speed", {"speed": 100})
    begin = portal.compute.virtual_machines.begin_create_or_update
    await begin(GROUP, "vm", portal.vm_body(nic.id), polling=False)
    assert not machines.running

    portal = await restarts()

    async with asyncio.timeout(120):
        vms = portal.compute.virtual_machines
        while (await vms.get(GROUP, "vm")).provisioning_state != "Succeeded":
            await asyncio.sleep(0.02)
    assert len(machines.running) == 1


async def test_a_poller_goes_on_after_a_restart(restarts):
    portal = await restarts()
    await portal.prepare()
    await portal.make_vm()
    await portal.sandbox("POST", "speed", {"speed": 100})
    await portal.compute.virtual_machines.begin_deallocate(GROUP, "vm", polling=False)
    _, headers = portal.answer("POST", "/deallocate")
    operation = headers["Azure-AsyncOperation"].rsplit("/", 1)[1].partition("?")[0]

    portal = await restarts()

    async with asyncio.timeout(120):
        while (await portal.operation(operation))["status"] != "Succeeded":
            await asyncio.sleep(0.02)


async def test_a_killed_process_leaves_a_whole_state(restarts, tmp_path):
    portal = await restarts()
    await portal.prepare()
    await portal.make_vm()

    async with asyncio.timeout(120):
        path = tmp_path / "azure" / "state.json"
        while not path.exists() or "virtualMachines/vm" not in path.read_text():
            await asyncio.sleep(0.02)
    json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_new_speed_reaches_what_is_in_flight(restarts):
    portal = await restarts()
    await portal.prepare()
    await portal.sandbox("POST", "speed", {"speed": 0.001})
    addresses = portal.network.public_ip_addresses
    body = {"location": "westeurope"}
    await addresses.begin_create_or_update(GROUP, "ip", body, polling=False)
    assert (await addresses.get(GROUP, "ip")).provisioning_state == "Updating"

    await portal.sandbox("POST", "speed", {"speed": 1000})

    async with asyncio.timeout(120):
        while (await addresses.get(GROUP, "ip")).provisioning_state != "Succeeded":
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("speed", [0, -1])
async def test_a_speed_that_stops_time_is_refused(restarts, speed):
    portal = await restarts()

    async with portal.session.post(
        f"{portal.url}/sandbox/speed", json={"speed": speed}
    ) as response:
        assert response.status == 400
