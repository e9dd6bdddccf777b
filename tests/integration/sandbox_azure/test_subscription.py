"""The states of the subscription, the expiry of the bot's secret, and the subscription's owner."""

import pytest
from azure.core.exceptions import ClientAuthenticationError

from bot.sandbox.azure.app import CLIENT, OWNER, OWNER_SECRET, SUBSCRIPTION, LocalAzure

GROUP = "rg"


@pytest.mark.parametrize("state", ["Warned", "Disabled"])
async def test_a_subscription_that_is_not_paid_for_can_be_read_and_emptied_only(portal, state):
    await portal.make_vm()
    await portal.sandbox("POST", "subscription", {"state": state})
    machines = portal.compute.virtual_machines

    tags = {"tags": {"a": "b"}}
    for write in (
        portal.make_address("ip"),
        machines.begin_update(GROUP, "vm", tags),
        machines.begin_deallocate(GROUP, "vm"),
        portal.resources.providers.register("Microsoft.Compute"),
    ):
        error = await portal.refused(write)
        assert (error.status_code, error.error.code) == (409, "ReadOnlyDisabledSubscription")
        assert "is disabled and therefore marked as read only" in error.error.message
    assert (await machines.get(GROUP, "vm")).name == "vm"
    await (await machines.begin_delete(GROUP, "vm")).result()
    assert [vm.name async for vm in machines.list(GROUP)] == []


async def test_a_subscription_with_a_payment_past_due_works(portal):
    await portal.sandbox("POST", "subscription", {"state": "PastDue"})

    assert (await portal.make_vm()).provisioning_state == "Succeeded"


async def test_a_subscription_works_again_when_it_is_enabled(portal):
    await portal.sandbox("POST", "subscription", {"state": "Disabled"})
    await portal.refused(portal.make_address("ip"))
    await portal.sandbox("POST", "subscription", {"state": "Enabled"})

    assert (await portal.make_address("ip")).name == "ip"


async def test_the_subscription_tells_its_state_and_keeps_it_over_a_restart(
    tmp_path, machines, portal_type
):
    folder = tmp_path / "kept"
    for state in ("Enabled", "Warned"):
        async with LocalAzure.running(folder, machines=machines) as server:
            portal = portal_type(server, client=OWNER, secret=OWNER_SECRET)
            assert (await portal.get(f"/subscriptions/{SUBSCRIPTION}"))["state"] == state
            await portal.sandbox("POST", "subscription", {"state": "Warned"})
            await portal.sandbox("POST", "secret", {"expired": True})
            await portal.close()
    async with LocalAzure.running(folder, machines=machines) as server:
        assert server.identity.expired == {CLIENT}


@pytest.mark.parametrize(
    ("path", "body"),
    [("subscription", {"state": "Sold"}), ("subscription", {}), ("secret", {"expired": "no"})],
)
async def test_a_state_that_does_not_exist_is_refused(empty_portal, path, body):
    url = f"{empty_portal.url}/sandbox/{path}"
    async with empty_portal.session.post(url, json=body) as response:
        assert response.status == 400
        assert "is not" in (await response.json())["error"]


async def test_an_expired_secret_gets_no_token_and_old_tokens_live_on(portal):
    await portal.sandbox("POST", "secret", {"expired": True})

    with pytest.raises(ClientAuthenticationError, match=r"AADSTS7000222: .*are expired") as caught:
        await portal.sign_in().get_token(f"{portal.url}/.default")
    assert caught.value.status_code == 401
    assert (await portal.make_address("ip")).name == "ip"

    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215: "):
        await portal.sign_in(secret="wrong").get_token(f"{portal.url}/.default")
    await portal.sandbox("POST", "secret", {"expired": False})
    assert (await portal.sign_in().get_token(f"{portal.url}/.default")).token


async def test_the_owner_signs_in_and_does_what_the_bot_does(portal, owner_portal):
    await portal.sandbox("POST", "secret", {"expired": True})

    assert (await owner_portal.make_address("ip")).name == "ip"
    assert (await portal.network.public_ip_addresses.get(GROUP, "ip")).ip_address


async def test_each_of_both_has_its_own_secret(empty_portal):
    for client, secret in ((CLIENT, OWNER_SECRET), (OWNER, "sandbox-secret")):
        with pytest.raises(ClientAuthenticationError, match="AADSTS7000215: "):
            await empty_portal.sign_in(client=client, secret=secret).get_token("x/.default")
