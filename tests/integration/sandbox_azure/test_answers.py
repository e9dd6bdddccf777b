"""The general fault `answer`: any answer to any request, reads included."""

import asyncio
import time

import pytest
from azure.core.exceptions import ResourceNotFoundError

GROUP = "rg"
GONE = {"status": 404, "code": "ResourceNotFound", "message": "It is not there."}


async def test_an_answer_has_its_status_code_and_message(portal):
    words = {"status": 400, "code": "ImageVersionDeprecated", "message": "It is too old."}
    await portal.fault("publicIPAddresses.put", "answer", **words)

    error = await portal.refused(portal.make_address("ip"))

    assert (error.status_code, error.error.code, error.error.message) == tuple(words.values())
    assert (await portal.make_address("ip")).name == "ip", "it strikes once without a count"


async def test_an_answer_can_have_any_body(portal):
    body = {"error": {"code": "Outer", "message": "m", "details": [{"code": "TooManyRequests"}]}}
    await portal.fault("virtualMachines.get", "answer", status=429, body=body, retry_after=3)

    error = await portal.refused(portal.compute.virtual_machines.get(GROUP, "vm"))

    assert error.status_code == 429
    assert error.error.details[0].code == "TooManyRequests"
    assert error.response.headers["Retry-After"] == "3"


async def test_reads_do_not_show_a_machine_for_a_while(portal):
    await portal.make_vm()
    machines = portal.compute.virtual_machines
    assert [vm.name async for vm in machines.list_all()] == ["vm"]

    set_at = time.monotonic()
    for operation in ("virtualMachines.get", "resources.get"):
        await portal.fault(operation, "answer", **GONE, seconds=2)
    with pytest.raises(ResourceNotFoundError):
        await machines.get(GROUP, "vm")
    assert [vm.name async for vm in machines.list_all()] == []
    assert [vm.name async for vm in machines.list(GROUP)] == []
    resources = portal.resources.resources
    assert [each.name async for each in resources.list_by_resource_group(GROUP)] == []

    async with asyncio.timeout(30):
        while not [vm.name async for vm in machines.list(GROUP)]:
            await asyncio.sleep(0.05)
    assert time.monotonic() - set_at >= 2
    assert (await machines.get(GROUP, "vm")).name == "vm"
    assert (await portal.sandbox("GET", "faults"))["faults"] == []


async def test_an_answer_with_seconds_and_a_count_ends_with_the_first_of_both(portal):
    await portal.fault("virtualMachines.get", "answer", **GONE, seconds=60, count=1)

    machines = portal.compute.virtual_machines
    errors = [await portal.refused(machines.get(GROUP, "vm")) for _ in range(2)]

    assert ["It is not there" in each.error.message for each in errors] == [True, False]


@pytest.mark.parametrize(
    "rule",
    [{}, {"status": 200}, {"status": 404}, {"status": 99, "code": "x"}, {"code": "x"}],
)
async def test_an_answer_that_says_too_little_is_refused(portal, rule):
    fault = {"operation": "*", "kind": "answer", **rule}
    async with portal.session.post(f"{portal.url}/sandbox/faults", json=fault) as response:
        assert response.status == 400
        assert "answer" in (await response.json())["error"]
