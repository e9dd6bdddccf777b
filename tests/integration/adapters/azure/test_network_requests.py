"""Azure's own network client sends what the bot's generic requests must be."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.mgmt.network.aio import NetworkManagementClient

from provisioning.adapters.azure.client import AzureClients, open_session

GROUP = "group"
BODIES = {
    "network_security_groups": {},
    "virtual_networks": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    "public_ip_addresses": {"publicIPAllocationMethod": "Static"},
    "network_interfaces": {},
}
SUBNET = {"name": "servers", "properties": {"addressPrefix": "10.0.0.0/24"}}


@pytest.fixture
async def clients(owner_config, cloud):
    """Clients of the owner, who may delete a network; `cloud` has made the group."""
    clients = AzureClients(owner_config)
    yield clients
    await clients.close()


@pytest.fixture
async def official(clients, config):
    """Azure's own network client, with the same identity."""
    session = open_session(config.management_url, config.ca_file, auto_decompress=False)
    client = NetworkManagementClient(
        clients.credential,
        config.subscription_id,
        base_url=config.management_url,
        credential_scopes=[clients.scope],
        transport=AioHttpTransport(session=session, session_owner=False),
        polling_interval=0.02,
    )
    async with session, client:
        yield client


async def a_life_of(operations, body) -> str:
    """Create a resource, tag it, delete it; return the code of what Azure says about it then."""
    await (await operations.begin_create_or_update(GROUP, "it", body)).result()
    await operations.get(GROUP, "it")
    await operations.update_tags(GROUP, "it", {"tags": {"a": "b"}})
    await (await operations.begin_delete(GROUP, "it")).result()
    with pytest.raises(ResourceNotFoundError) as caught:
        await operations.get(GROUP, "it")
    return caught.value.error.code


async def sent_by(azure, action) -> list[tuple[str, str, object]]:
    """Return method, address and body of each request that `action` sends about "it"."""
    before = len(await azure.traffic())
    await action
    return [
        (entry["method"], entry["path"], entry["request"])
        for entry in (await azure.traffic())[before:]
        if entry["path"].partition("?")[0].endswith("/it")
    ]


async def body_for(kind: str, clients) -> dict[str, object]:
    properties = dict(BODIES[kind])
    if kind == "network_interfaces":
        networks, body = clients.network.virtual_networks, BODIES["virtual_networks"]
        network = {"location": "westeurope", "properties": {**body, "subnets": [SUBNET]}}
        made = await clients.finish(
            "make", networks.begin_create_or_update, GROUP, "around", network
        )
        inside = {"subnet": {"id": made.properties["subnets"][0]["id"]}}
        properties["ipConfigurations"] = [{"name": "one", "properties": inside}]
    sku = {"sku": {"name": "Standard"}} if kind == "public_ip_addresses" else {}
    return {"location": "westeurope", "properties": properties, **sku}


@pytest.mark.parametrize("kind", BODIES)
async def test_the_requests_are_those_of_azures_own_network_client(azure, clients, official, kind):
    body = await body_for(kind, clients)
    ours, theirs = getattr(clients.network, kind), getattr(official, kind)
    expected = await sent_by(azure, a_life_of(theirs, body))
    assert {method for method, _, _ in expected} == {"PUT", "GET", "PATCH", "DELETE"}
    assert await sent_by(azure, a_life_of(ours, body)) == expected
