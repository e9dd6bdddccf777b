"""Faults on request: each kind, how often, and where it shows."""

import time

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

GROUP = "rg"

REFUSED_AT_ONCE = {
    "SkuNotAvailable": 409,
    "DnsRecordInUse": 400,
    "PublicIPCountLimitReached": 400,
    "IPv4StandardSkuPublicIpCountLimitReached": 400,
    "AnotherOperationInProgress": 409,
    "RetryableErrorDueToAnotherOperation": 429,
    "NicReservedForAnotherVm": 400,
    "NicInUse": 400,
    "PublicIPAddressCannotBeDeleted": 400,
    "PlatformImageNotFound": 404,
    "MissingSubscriptionRegistration": 409,
    "AuthorizationFailed": 403,
    "InvalidParameter": 400,
    "ResourceNotFound": 404,
    "ResourceGroupNotFound": 404,
    "PropertyChangeNotAllowed": 409,
    "TooManyRequests": 429,
}
SEEN_LATER = (
    "AllocationFailed",
    "ZonalAllocationFailed",
    "OverconstrainedAllocationRequest",
    "OSProvisioningTimedOut",
    "VMExtensionProvisioningError",
)


@pytest.mark.parametrize(("code", "status"), REFUSED_AT_ONCE.items())
async def test_a_code_is_answered_with_its_status(portal, code, status):
    await portal.fault("publicIPAddresses.put", code)

    error = await portal.refused(portal.make_address("ip"))

    assert (error.status_code, error.error.code) == (status, code)
    assert error.error.message
    assert (await portal.sandbox("GET", "resources"))["resources"] == []


@pytest.mark.parametrize("code", SEEN_LATER)
async def test_a_code_that_azure_finds_out_later_ends_the_operation(portal, code):
    nic = await portal.make_nic("nic")
    await portal.fault("virtualMachines.put", code)
    begin = portal.compute.virtual_machines.begin_create_or_update

    poller = await begin(GROUP, "vm", portal.vm_body(nic.id))
    error = await portal.refused(poller.result())

    assert portal.answer("PUT", "/virtualMachines/vm")[0] == 201
    assert (error.status_code, error.error.code) == (200, code)
    vm = await portal.compute.virtual_machines.get(GROUP, "vm", expand="instanceView")
    assert vm.provisioning_state == "Failed"
    assert f"ProvisioningState/failed/{code}" in [s.code for s in vm.instance_view.statuses]


async def test_a_machine_whose_system_was_silent_runs_all_the_same(portal, machines):
    nic = await portal.make_nic("nic")
    await portal.fault("virtualMachines.put", "OSProvisioningTimedOut")
    begin = portal.compute.virtual_machines.begin_create_or_update

    await portal.refused(begin(GROUP, "vm", portal.vm_body(nic.id)))

    assert len(machines.running) == 1


async def test_a_machine_without_room_does_not_run_and_its_name_can_be_tried_again(
    portal, machines
):
    nic = await portal.make_nic("nic")
    await portal.fault("virtualMachines.put", "AllocationFailed")
    begin = portal.compute.virtual_machines.begin_create_or_update
    await portal.refused(begin(GROUP, "vm", portal.vm_body(nic.id)))
    assert not machines.running

    vm = await (await begin(GROUP, "vm", portal.vm_body(nic.id))).result()

    assert vm.provisioning_state == "Succeeded"
    assert len(machines.running) == 1


async def test_throttling_says_when_to_come_back(portal):
    await portal.fault("virtualMachines.get", "throttle", retry_after=7)

    error = await portal.refused(portal.compute.virtual_machines.get(GROUP, "vm"))

    assert error.status_code == 429
    assert error.response.headers["Retry-After"] == "7"


async def test_a_full_quota_has_azures_words(portal):
    await portal.fault("virtualMachines.put", "quota")

    error = await portal.refused(portal.make_vm())

    assert (error.status_code, error.error.code) == (409, "OperationNotAllowed")
    assert "exceeding approved Total Regional Cores quota" in error.error.message


async def test_a_server_error_is_500(portal):
    await portal.fault("skus.get", "server_error")

    with pytest.raises(HttpResponseError) as caught:
        [sku async for sku in portal.compute.resource_skus.list()]

    assert caught.value.status_code == 500


async def test_a_cut_connection_loses_the_answer_and_not_the_work(portal):
    # The client's library repeats a request by itself on a connection that it had used before.
    await portal.fault("publicIPAddresses.put", "cut", count=2)

    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        await portal.make_address("ip")

    assert (await portal.network.public_ip_addresses.get(GROUP, "ip")).ip_address


async def test_a_slow_operation_takes_as_much_longer_as_was_asked(portal):
    await portal.fault("publicIPAddresses.put", "slow", factor=500)

    started = time.monotonic()
    await portal.make_address("ip")

    [operation] = [
        each
        for each in (await portal.sandbox("GET", "operations"))["operations"]
        if each["operation"] == "publicIPAddresses.put"
    ]
    assert operation["scaled_seconds"] == pytest.approx(operation["seconds"] / 1000)
    assert time.monotonic() - started >= operation["scaled_seconds"] > 0.05


async def test_a_fault_strikes_as_often_as_it_was_told(portal):
    await portal.fault("publicIPAddresses.*", "server_error", count=2)
    addresses = portal.network.public_ip_addresses

    statuses = [(await portal.refused(addresses.get(GROUP, "ip"))).status_code for _ in range(3)]

    assert statuses == [500, 500, 404]
    assert (await portal.sandbox("GET", "faults"))["faults"] == []


async def test_a_seed_makes_chance_repeatable(portal):
    rule = {"operation": "skus.get", "kind": "server_error", "count": 100, "probability": 0.5}

    async def outcomes():
        await portal.sandbox("DELETE", "faults")
        await portal.sandbox("POST", "faults", {"faults": [rule], "seed": 7})
        found = []
        for _ in range(12):
            try:
                [sku async for sku in portal.compute.resource_skus.list()]
                found.append(True)
            except HttpResponseError:
                found.append(False)
        return found

    first = await outcomes()
    assert await outcomes() == first
    assert {True, False} == set(first)


async def test_an_unknown_kind_of_fault_is_refused(portal):
    fault = {"operation": "*", "kind": "earthquake"}
    async with portal.session.post(f"{portal.url}/sandbox/faults", json=fault) as response:
        assert response.status == 400
        assert "earthquake" in await response.text()


async def test_a_denied_action_is_named(portal):
    await portal.fault("virtualMachines.deallocate", "AuthorizationFailed")

    error = await portal.refused(portal.compute.virtual_machines.begin_deallocate(GROUP, "vm"))

    assert "'Microsoft.Compute/virtualMachines/deallocate/action'" in error.error.message
    assert "/resourceGroups/rg/" in error.error.message
