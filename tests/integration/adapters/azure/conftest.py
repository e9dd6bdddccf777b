"""The local Azure over https, reached by the product's adapter and by its sandbox paths."""

import asyncio
import ssl
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.sandbox.azure.app import (
    CLIENT,
    OWNER,
    OWNER_SECRET,
    SECRET,
    SUBSCRIPTION,
    TENANT,
    LocalAzure,
)
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import AzureConfig, OpenPorts, Patience
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.server import Server, Status
from tests.paper_machines import PaperMachines

SPEED = 1000
GROUP = "group"
IN_GROUP = f"resourceGroups/{GROUP}/"


@dataclass(frozen=True)
class Request:
    """A request that Azure received; `name` is the last part of its path."""

    method: str
    path: str
    name: str
    body: Any


class Azure:
    """Questions of tests to the local Azure, over its sandbox paths."""

    def __init__(self, url: str, session: aiohttp.ClientSession, clients: AzureClients) -> None:
        self.url = url
        self._session = session
        self._clients = clients

    async def requests(self) -> list[Request]:
        entries = await self.traffic()
        paths = [entry["path"].partition("?")[0] for entry in entries]
        return [
            Request(entry["method"], path, path.rsplit("/", 1)[1], entry["request"])
            for entry, path in zip(entries, paths, strict=True)
        ]

    async def traffic(self) -> list[dict[str, Any]]:
        """Everything that Azure got, oldest first; a `path` has its query."""
        entries: list[dict[str, Any]] = (await self._get("traffic"))["entries"]
        return entries

    async def body_of(self, method: str, name: str) -> Any:
        """Return the body of the latest such request."""
        found = [r.body for r in await self.requests() if (r.method, r.name) == (method, name)]
        return found[-1]

    async def resources(self) -> list[dict[str, Any]]:
        return (await self._get("resources"))["resources"]

    async def fault(self, operation: str, kind: str, **more: float | str) -> None:
        fault = {"operation": operation, "kind": kind, **more}
        async with self._session.post(f"{self.url}/sandbox/faults", json=fault) as response:
            assert response.status == 200, await response.text()

    async def as_owner(
        self, method: str, what: str, properties: Any = None, *, inside: str = IN_GROUP
    ) -> int:
        """Send a request for something of the group's as the subscription's owner."""
        form = {"grant_type": "client_credentials", "scope": f"{self.url}/.default"}
        form |= {"client_id": OWNER, "client_secret": OWNER_SECRET}
        async with self._session.post(f"{self.url}/{TENANT}/oauth2/v2.0/token", data=form) as got:
            token = (await got.json())["access_token"]
        path = f"/subscriptions/{SUBSCRIPTION}/{inside}{what}"
        url = f"{self.url}{path}?api-version=2020-05-01"
        headers = {"Authorization": f"Bearer {token}"}
        body = {"properties": properties}
        async with self._session.request(method, url, headers=headers, json=body) as response:
            return response.status

    async def set_role(self, title: str, actions: Sequence[str]) -> None:
        """Let one of the bot's roles grant these actions alone."""
        role = uuid.uuid5(uuid.NAMESPACE_URL, title)
        made = {
            "roleName": title,
            "permissions": [{"actions": [*actions]}],
            "assignableScopes": [f"/subscriptions/{SUBSCRIPTION}"],
        }
        where = f"providers/Microsoft.Authorization/roleDefinitions/{role}"
        assert await self.as_owner("PUT", where, made, inside="") == 201

    async def set_secret(self, *, expired: bool) -> None:
        """Let the bot's secret expire, or be valid again."""
        url = f"{self.url}/sandbox/secret"
        async with self._session.post(url, json={"expired": expired}) as response:
            assert response.status == 200

    async def set_image(self, image: str, state: str) -> None:
        """Let an image be Deprecated, Deleted or Active."""
        url = f"{self.url}/sandbox/images"
        async with self._session.post(url, json={"image": image, "state": state}) as response:
            assert response.status == 200, await response.text()

    async def add_rules(self, *rules: dict[str, Any]) -> None:
        """Add rules to the servers' security group, as an admin does in the portal."""
        groups = self._clients.network.network_security_groups
        found = (await groups.get(GROUP, "nb-nsg")).properties["securityRules"]
        body = {"location": "westeurope", "properties": {"securityRules": [*found, *rules]}}
        await self._clients.finish("add", groups.begin_create_or_update, GROUP, "nb-nsg", body)

    async def set_subscription(self, state: str) -> None:
        """Disable the subscription, or enable it again."""
        url = f"{self.url}/sandbox/subscription"
        async with self._session.post(url, json={"state": state}) as response:
            assert response.status == 200

    async def clear_faults(self) -> None:
        async with self._session.delete(f"{self.url}/sandbox/faults") as response:
            assert response.status == 200, await response.text()

    async def wait_for_request(self, method: str, name: str) -> None:
        async with asyncio.timeout(60):
            while (method, name) not in [(r.method, r.name) for r in await self.requests()]:
                await asyncio.sleep(0.01)

    async def remove_network(self) -> None:
        network = self._clients.network
        for operations, name in (
            (network.virtual_networks, "nb-vnet"),
            (network.network_security_groups, "nb-nsg"),
        ):
            await self._clients.finish("remove", operations.begin_delete, GROUP, name)

    async def remove_group(self) -> None:
        groups = self._clients.resources.resource_groups
        await self._clients.finish("remove", groups.begin_delete, GROUP)

    async def tag_a_foreign_resource(self, tags: dict[str, str]) -> None:
        """Make a security group, of which servers have none of their own, with these tags."""
        begin = self._clients.network.network_security_groups.begin_create_or_update
        body = {"location": "westeurope", "tags": tags, "properties": {"securityRules": []}}
        await self._clients.finish("make", begin, GROUP, "foreign", body)

    async def detach(self, vm: str) -> None:
        """Let the machine's deletion spare its interface."""
        machines = self._clients.compute.virtual_machines
        nics = (await machines.get(GROUP, vm)).network_profile.network_interfaces
        spared = [{"id": nic.id, "properties": {"deleteOption": "Detach"}} for nic in nics]
        body = {"properties": {"networkProfile": {"networkInterfaces": spared}}}
        await self._clients.finish("spare", machines.begin_update, GROUP, vm, body)

    async def retag(self, vm: str, tags: dict[str, str]) -> None:
        machines = self._clients.compute.virtual_machines
        await self._clients.finish("tag", machines.begin_update, GROUP, vm, {"tags": tags})

    async def _get(self, what: str) -> Any:
        async with self._session.get(f"{self.url}/sandbox/{what}") as response:
            return await response.json()


@pytest.fixture
def machines():
    return PaperMachines()


@pytest.fixture
async def local_azure(tmp_path, machines):
    folder = tmp_path / "azure"
    options = {"speed": SPEED, "seed": 1, "group": GROUP}
    async with LocalAzure.running(folder, machines=machines, **options) as server:
        yield server


@pytest.fixture
def config(local_azure):
    return AzureConfig(
        tenant_id=TENANT,
        client_id=CLIENT,
        client_secret=SECRET,
        subscription_id=SUBSCRIPTION,
        resource_group=GROUP,
        management_url=local_azure.url,
        authority=local_azure.url,
        ca_file=local_azure.ca_file,
        poll_seconds=0.02,
    )


@pytest.fixture
def owner_config(config):
    """The settings with the identity of the subscription's owner, who may do everything."""
    return replace(config, client_id=OWNER, client_secret=OWNER_SECRET)


@pytest.fixture
async def azure(local_azure, owner_config):
    clients = AzureClients(owner_config)
    context = ssl.create_default_context(cafile=local_azure.ca_file)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        yield Azure(local_azure.url, session, clients)
    await clients.close()


@pytest.fixture
async def cloud(config):
    cloud = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=10))
    await cloud.account.check()
    yield cloud
    await cloud.account.close()


@pytest.fixture
async def impatient_cloud(config):
    cloud = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=0.3))
    await cloud.account.check()
    yield cloud
    await cloud.account.close()


@pytest.fixture
def server():
    return Server(
        id="abc123def456",
        name="quiet-otter",
        owner="U_ANA",
        owner_name="Ana",
        platform="ubuntu",
        size="Standard_B2s",
        region="westeurope",
        status=Status.CREATING,
        created_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        request_key="trigger",
    )


@pytest.fixture
def other_server(server):
    return replace(server, id="zzz123def456", name="other")


async def power_of(cloud, server_id: str) -> PowerState:
    """Return the machine's power state from Azure's list."""
    return (await cloud.machines.power_states([server_id]))[server_id]
