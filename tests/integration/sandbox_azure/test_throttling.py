"""Azure's token buckets, and what an identity hears that asks too often."""

import json

import pytest

from bot.sandbox.azure.app import SUBSCRIPTION
from bot.sandbox.azure.throttling import POLICIES

GROUP = "rg"
VM = f"resourceGroups/{GROUP}/providers/Microsoft.Compute/virtualMachines"

OPERATIONS = "providers/Microsoft.Compute/locations/westeurope/operations"


@pytest.fixture
async def slow(portal):
    """A subscription at the real speed: nothing flows back into its buckets meanwhile."""
    await portal.sandbox("POST", "speed", {"speed": 1})
    return portal


async def until_throttled(portal, method, path, most):
    """Return the number of requests that were answered, and the first 429 as (headers, body)."""
    token = (await portal.credential.get_token(f"{portal.url}/.default")).token
    url = f"{portal.url}/subscriptions/{SUBSCRIPTION}/{path}?api-version=2024-07-01"
    headers = {"Authorization": f"Bearer {token}"}
    for number in range(most):
        async with portal.session.request(method, url, headers=headers, json={}) as response:
            body = json.loads(await response.read() or b"null")
            if response.status == 429:
                return number, response.headers, body
    return most, {}, None


@pytest.mark.parametrize(
    ("method", "path", "most", "policy"),
    [
        ("GET", f"{VM}/vm", 36, "LowCostGet"),
        ("GET", f"{VM}/vm/runCommands/x", 36, "LowCostGet"),
        ("PUT", f"{VM}/vm", 12, "PutVM"),
        ("PATCH", f"{VM}/vm", 12, "UpdateVM"),
        ("POST", f"{VM}/vm/restart", 12, "UpdateVM"),
        ("POST", f"{VM}/vm/deallocate", 12, "DeleteVM"),
        (
            "GET",
            "providers/Microsoft.Compute/locations/westeurope/operations/x",
            45,
            "GetOperation",
        ),
    ],
)
async def test_compute_throttles_a_resource_as_documented(slow, method, path, most, policy):
    number, headers, body = await until_throttled(slow, method, path, most + 5)

    assert number == most
    assert 1 <= int(headers["Retry-After"]) <= 15
    left = headers["x-ms-ratelimit-remaining-resource"]
    assert left == f"Microsoft.Compute/{policy}Resource;0"
    error = body["error"]
    assert error["code"] == "OperationNotAllowed"
    assert (error["details"][0]["code"], error["details"][0]["target"]) == (
        "TooManyRequests",
        policy,
    )


async def test_another_machine_has_a_bucket_of_its_own(slow):
    await until_throttled(slow, "GET", f"{VM}/vm", 40)
    number, _, _ = await until_throttled(slow, "GET", f"{VM}/other", 3)
    assert number == 3


async def test_arm_throttles_a_principal_and_no_other(slow, bot_portal):
    path = "providers/Microsoft.Network"
    number, headers, body = await until_throttled(slow, "GET", path, 300)

    assert number <= 250 + 25
    assert body["error"]["code"] == "SubscriptionRequestsThrottled"
    assert "Number of 'read' requests for subscription" in body["error"]["message"]
    assert headers["x-ms-ratelimit-remaining-subscription-reads"] == "0"
    assert (await bot_portal.send("GET", path))[0] == 200


async def test_each_answer_says_what_is_left(slow):
    await slow.refused(slow.compute.virtual_machines.get(GROUP, "vm"))
    [vms] = [v async for v in slow.resources.resource_groups.list()]
    assert vms.name == GROUP
    await slow.resources.providers.get("Microsoft.Compute")
    _, headers = slow.answer("GET", "/Microsoft.Compute")
    assert 200 < int(headers["x-ms-ratelimit-remaining-subscription-reads"]) < 250


async def test_a_busy_subscription_leaves_less(tmp_path, machines, portal_type):
    from bot.sandbox.azure.app import LocalAzure

    running = LocalAzure.running(tmp_path / "a", machines=machines, speed=1, requests_share=0.5)
    async with running as server:
        portal = portal_type(server)
        number, _, _ = await until_throttled(portal, "GET", f"{VM}/vm", 40)
        await portal.close()
    assert number == 18


def test_every_limit_names_its_source():
    assert all(policy.source.startswith("https://learn.microsoft.com/") for policy in POLICIES)
