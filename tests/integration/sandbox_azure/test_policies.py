"""Policies that deny, assigned by the subscription's owner, with Azure's words."""

import pytest

GROUP = "rg"
DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions/"
LOCATIONS = "e56962a6-4747-49cd-b67b-bf8b01975c4c"
SIZES = "cccc23c7-8427-4f53-ad12-b6a63eb452b3"
NO_PUBLIC = "83a86a26-fd1f-447c-b59d-e51f44264114"
NO_TYPES = "6c112d4e-5bc7-47ae-a041-ea2d9dccd749"
TAG = "871b6d14-10aa-478d-b590-94f262ecfa99"
TAG_AND_VALUE = "1e30110a-5ceb-460c-a204-c1c3969c6d62"


@pytest.fixture
async def assign(portal, owner_portal):
    """Return a function that assigns a built-in definition to the group."""

    async def put(definition, name="rule", **parameters):
        where = f"resourceGroups/{GROUP}/providers/Microsoft.Authorization/policyAssignments/{name}"
        properties = {
            "displayName": "House rule",
            "policyDefinitionId": DEFINITIONS + definition,
            "parameters": {key: {"value": value} for key, value in parameters.items()},
        }
        return await owner_portal.send("PUT", where, {"properties": properties})

    return put


async def denied(portal, change):
    error = await portal.refused(change)
    assert (error.status_code, error.error.code) == (403, "RequestDisallowedByPolicy")
    return error


async def test_a_refusal_names_the_policy_and_the_resource(portal, assign):
    status, made = await assign(TAG, tagName="CostCenter")
    assert (status, made["properties"]["displayName"]) == (201, "House rule")

    error = await denied(portal, portal.make_address("ip"))

    message = error.error.message
    assert message.startswith("Resource 'ip' was disallowed by policy. Policy identifiers: '[{")
    assert '"policyAssignment":{"name":"House rule"' in message
    (info,) = error.error.additional_info
    assert info.type == "PolicyViolation"
    assert info.info["policyDefinitionDisplayName"] == "Require a tag on resources"
    assert (await portal.sandbox("GET", "resources"))["resources"] == []


async def test_only_allowed_locations(portal, assign):
    await assign(LOCATIONS, listOfAllowedLocations=["North Europe"])
    await denied(portal, portal.make_address("ip"))


async def test_only_allowed_sizes(portal, assign):
    await assign(SIZES, listOfAllowedSKUs=["Standard_D2s_v5"])
    await denied(portal, portal.make_vm())
    assert (await portal.make_vm("other", size="standard_d2s_v5")).name == "other"


async def test_no_public_address_on_an_interface(portal, assign):
    await assign(NO_PUBLIC)
    await denied(portal, portal.make_nic("nic"))


async def test_types_that_are_not_allowed(portal, assign):
    await assign(NO_TYPES, listOfResourceTypesNotAllowed=["Microsoft.Network/publicIPAddresses"])
    await denied(portal, portal.make_address("ip"))
    assert (await portal.make_network()).name == "vnet"


@pytest.mark.parametrize(
    ("definition", "parameters"),
    [
        (TAG, {"tagName": "costcenter"}),
        (TAG_AND_VALUE, {"tagName": "CostCenter", "tagValue": "42"}),
    ],
)
async def test_a_tag_that_is_demanded(portal, assign, definition, parameters):
    vm = await portal.make_vm(tags={"CostCenter": "42"})
    await assign(definition, **parameters)
    vms = portal.compute.virtual_machines

    await denied(portal, vms.begin_update(GROUP, "vm", {"tags": {"Team": "data"}}))
    tags = {"CostCenter": "42", "Team": "data"}
    await (await vms.begin_update(GROUP, "vm", {"tags": tags})).result()
    assert (await vms.get(GROUP, "vm")).tags == tags
    assert vm.name == "vm"


async def test_an_assignment_that_is_not_enforced_denies_nothing(portal, owner_portal):
    where = f"resourceGroups/{GROUP}/providers/Microsoft.Authorization/policyAssignments/rule"
    properties = {"policyDefinitionId": DEFINITIONS + NO_PUBLIC, "enforcementMode": "DoNotEnforce"}
    status, _made = await owner_portal.send("PUT", where, {"properties": properties})
    assert status == 201
    assert (await portal.make_nic("nic")).name == "nic"


async def test_a_removed_assignment_denies_nothing(portal, owner_portal, assign):
    await assign(NO_PUBLIC)
    where = f"resourceGroups/{GROUP}/providers/Microsoft.Authorization/policyAssignments/rule"
    assert (await owner_portal.send("DELETE", where))[0] == 200
    assert (await portal.make_nic("nic")).name == "nic"


@pytest.mark.parametrize(
    ("definition", "code"),
    [("00000000-1111", "PolicyDefinitionNotFound"), (TAG, "MissingPolicyParameter")],
)
async def test_an_assignment_that_can_not_be_is_refused(assign, definition, code):
    _status, answer = await assign(definition)
    assert answer["error"]["code"] == code


async def test_the_bots_identity_may_assign_nothing(bot_portal):
    where = "providers/Microsoft.Authorization/policyAssignments/rule"
    status, answer = await bot_portal.send("PUT", where, {})
    assert (status, answer["error"]["code"]) == (403, "AuthorizationFailed")
