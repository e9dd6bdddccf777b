"""Roles as the subscription's owner sets them by ARM's own API, and what they grant."""

import asyncio
import uuid

import pytest

from bot.sandbox.azure.app import CLIENT, SUBSCRIPTION

GROUP = "rg"
WHOLE = f"/subscriptions/{SUBSCRIPTION}"
ROLES = "providers/Microsoft.Authorization/roleDefinitions"
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def a_role(title="Pure reading", actions=("*/read",)):
    scopes = [WHOLE]
    return {
        "properties": {
            "roleName": title,
            "description": "sees",
            "permissions": [{"actions": [*actions], "notActions": []}],
            "assignableScopes": scopes,
        }
    }


def an_assignment(role, principal=CLIENT):
    definition = f"{WHOLE}/{ROLES}/{role}"
    return {"properties": {"roleDefinitionId": definition, "principalId": principal}}


async def test_the_bot_may_do_in_its_group_what_it_may_not_elsewhere(bot_portal, portal):
    await portal.resources.resource_groups.create_or_update("other", {"location": "westeurope"})
    await bot_portal.make_address("ip")
    begin = bot_portal.network.public_ip_addresses.begin_create_or_update
    body = {"location": "westeurope", "sku": {"name": "Standard"}}

    error = await bot_portal.refused(begin("other", "ip", body))

    assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
    assert error.error.message == (
        f"The client '{CLIENT}' with object id '{CLIENT}' does not have authorization to perform "
        "action 'Microsoft.Network/publicIPAddresses/write' over scope "
        f"'{WHOLE}/resourceGroups/other/providers/Microsoft.Network/publicIPAddresses/ip' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials."
    )


async def test_an_action_of_a_machine_is_a_right_of_its_own(bot_portal, portal):
    await portal.make_vm()
    error = await bot_portal.refused(
        bot_portal.compute.virtual_machines.begin_power_off(GROUP, "vm")
    )
    assert "'Microsoft.Compute/virtualMachines/powerOff/action'" in error.error.message


async def test_a_right_on_what_a_body_names_is_demanded_too(bot_portal, portal):
    definitions = await portal.send("GET", ROLES)
    [mine] = [e for e in definitions[1]["value"] if e["properties"]["roleName"] == "Notebook bot"]
    mine["properties"]["permissions"][0]["actions"].remove(
        "Microsoft.Network/publicIPAddresses/join/action"
    )
    assert (await portal.send("PUT", f"{ROLES}/{mine['name']}", mine))[0] == 201

    error = await bot_portal.refused(bot_portal.make_nic("nic"))

    assert (error.status_code, error.error.code) == (403, "LinkedAuthorizationFailed")
    assert "has permission to perform action 'Microsoft.Network/networkInterfaces/write'" in str(
        error
    )
    assert "action(s) 'Microsoft.Network/publicIPAddresses/join/action' on the linked" in str(error)


async def test_an_identity_reads_what_its_roles_grant(bot_portal):
    what = "providers/Microsoft.Authorization/permissions"

    _, at_subscription = await bot_portal.send("GET", what)
    _, in_group = await bot_portal.send("GET", f"resourceGroups/{GROUP}/{what}")

    [reading] = at_subscription["value"]
    assert "Microsoft.Compute/skus/read" in reading["actions"]
    assert set(reading) == {"actions", "notActions", "dataActions", "notDataActions"}
    assert len(in_group["value"]) == 2, "what the subscription grants holds in the group"


async def test_a_new_assignment_grants_nothing_until_it_has_spread(bot_portal, portal):
    await portal.sandbox("POST", "speed", {"speed": 100})
    networks = bot_portal.resources.resource_groups
    where = f"{ASSIGNMENTS}/{uuid.uuid4()}"
    assert (await portal.send("PUT", where, an_assignment(READER)))[0] == 201
    await bot_portal.refused(networks.get("elsewhere"))

    async with asyncio.timeout(10):
        while (await bot_portal.send("GET", "resourceGroups/elsewhere"))[0] == 403:
            await asyncio.sleep(0.05)

    _, answer = await bot_portal.send("GET", "resourceGroups/elsewhere")
    assert answer["error"]["code"] == "ResourceGroupNotFound"
    assert (await portal.send("DELETE", where))[0] == 200
    assert (await bot_portal.send("GET", "resourceGroups/elsewhere"))[0] == 403


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{ROLES}/1", a_role("Notebook bot"), "RoleDefinitionWithSameNameExists"),
        (f"{ROLES}/1", a_role(actions=()) | {"properties": {}}, "InvalidRoleDefinition"),
        (f"{ASSIGNMENTS}/1", an_assignment("unknown"), "RoleDefinitionDoesNotExist"),
    ],
)
async def test_a_role_that_can_not_be_is_refused(portal, path, body, code):
    _status, answer = await portal.send("PUT", path, body)
    assert answer["error"]["code"] == code


async def test_a_role_is_assigned_once_and_only_where_it_may_be(portal):
    role = a_role()
    role["properties"]["assignableScopes"] = [f"{WHOLE}/resourceGroups/{GROUP}"]
    assert (await portal.send("PUT", f"{ROLES}/mine", role))[0] == 201
    _, answer = await portal.send("PUT", f"{ASSIGNMENTS}/a", an_assignment("mine"))
    assert answer["error"]["code"] == "RoleAssignmentScopeNotAssignableToRoleDefinition"
    inside = f"resourceGroups/{GROUP}/{ASSIGNMENTS}"
    assert (await portal.send("PUT", f"{inside}/a", an_assignment("mine")))[0] == 201

    status, answer = await portal.send("PUT", f"{inside}/b", an_assignment("mine"))

    assert (status, answer["error"]["code"]) == (409, "RoleAssignmentExists")
