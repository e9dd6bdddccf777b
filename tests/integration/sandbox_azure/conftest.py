"""Local Azure over https, reached by Azure's own SDK clients and by the sandbox's paths."""

import asyncio
import base64
import json
import ssl
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.compute.aio import ComputeManagementClient
from azure.mgmt.network.aio import NetworkManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient

from bot.sandbox.azure.app import (
    CLIENT,
    OWNER,
    OWNER_SECRET,
    SECRET,
    SUBSCRIPTION,
    TENANT,
    LocalAzure,
)
from bot.sandbox.machines.port import CommandResult, MachineSpec

SPEED = 1000
GROUP = "rg"


class PaperMachines:
    """Machines that remember their state and run scripts in a shell of this computer."""

    def __init__(self) -> None:
        self.specs: dict[str, MachineSpec] = {}
        self.running: set[str] = set()
        self.boots = lambda publisher: True
        self.disks: dict[str, str] = {}
        self.grown: dict[str, int] = {}

    def allocate_address(self, taken: frozenset[str]) -> str:
        return next(a for a in (f"127.64.0.{n}" for n in range(2, 250)) if a not in taken)

    def private_address(self, address: str) -> str:
        return address

    async def create(self, spec: MachineSpec) -> None:
        self.specs[spec.machine_id] = spec
        self.running.add(spec.machine_id)

    async def start(self, machine_id: str) -> None:
        self.running.add(machine_id)

    async def stop(self, machine_id: str) -> None:
        self.running.discard(machine_id)

    async def delete(self, machine_id: str) -> None:
        self.running.discard(machine_id)
        self.specs.pop(machine_id, None)

    async def copy_disk(self, source: str, name: str) -> None:
        """Record a copy, which is known by the first machine that had the disk."""
        self.disks[name] = self.disks.get(source, source)

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        assert machine_id not in self.running
        self.grown[machine_id] = gb

    async def delete_disk(self, name: str) -> None:
        self.disks.pop(name, None)

    async def is_running(self, machine_id: str) -> bool:
        return machine_id in self.running

    async def run_command(self, machine_id: str, script: str, timeout: float = 60) -> CommandResult:
        assert machine_id in self.running
        shell = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        stdout, stderr = await asyncio.wait_for(shell.communicate(), timeout)
        return CommandResult(shell.returncode or 0, stdout.decode(), stderr.decode())

    async def close(self) -> None:
        self.running.clear()


class Portal:
    """The SDK's clients, the sandbox's paths, and short methods for common steps.

    The identity is the subscription's owner, unless a test needs the bot's.
    """

    def __init__(self, server: LocalAzure, client: str = OWNER, secret: str = OWNER_SECRET) -> None:
        self.url = server.url
        context = ssl.create_default_context(cafile=server.ca_file)
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context), auto_decompress=False
        )
        self.statuses: list[tuple[str, str, int, dict[str, str]]] = []
        self._transport = AioHttpTransport(session=self.session, session_owner=False)
        self.credential = self.sign_in(client=client, secret=secret)
        self.compute = self._client(ComputeManagementClient)
        self.network = self._client(NetworkManagementClient)
        self.resources = self._client(ResourceManagementClient)

    def sign_in(self, tenant=TENANT, client=CLIENT, secret=SECRET) -> ClientSecretCredential:
        return ClientSecretCredential(
            tenant, client, secret, authority=self.url, transport=self._transport, retry_total=0
        )

    def _client(self, kind: Any) -> Any:
        return kind(
            self.credential,
            SUBSCRIPTION,
            base_url=self.url,
            credential_scopes=[f"{self.url}/.default"],
            transport=self._transport,
            retry_total=0,
            polling_interval=0.02,
            raw_response_hook=self._remember,
        )

    def _remember(self, response: Any) -> None:
        http = response.http_response
        path = response.http_request.url.partition("?")[0]
        method = response.http_request.method
        self.statuses.append((method, path, http.status_code, dict(http.headers)))

    def answer(self, method: str, end: str) -> tuple[int, dict[str, str]]:
        """Return status and headers of the latest answer to that method on a path with this end."""
        found = [(s, h) for m, p, s, h in self.statuses if m == method and p.endswith(end)]
        assert found, (method, end, [(m, p, s) for m, p, s, _ in self.statuses])
        return found[-1]

    async def sandbox(self, method: str, what: str, body: Any = None) -> Any:
        url = f"{self.url}/sandbox/{what}"
        async with self.session.request(method, url, json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def operation(self, operation_id: str) -> Any:
        """Return the answer to a poll of an operation."""
        where = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope"
        return await self.get(f"{where}/operations/{operation_id}")

    async def get(self, path: str) -> Any:
        """Return the answer of ARM to a GET of a path that the SDK does not know."""
        token = (await self.credential.get_token(f"{self.url}/.default")).token
        url = f"{self.url}{path}?api-version=2026-04-01"
        async with self.session.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
            return await response.json()

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and JSON of a request for which no SDK client is installed."""
        token = (await self.credential.get_token(f"{self.url}/.default")).token
        url = f"{self.url}/subscriptions/{SUBSCRIPTION}/{path}?api-version=2020-05-01"
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.request(method, url, headers=headers, json=body) as response:
            return response.status, json.loads(await response.read() or b"null")

    async def prepare(self) -> None:
        """Register the providers and make the resource group."""
        providers = self.resources.providers
        for namespace in ("Microsoft.Compute", "Microsoft.Network"):
            await providers.register(namespace)
            while (await providers.get(namespace)).registration_state != "Registered":
                await asyncio.sleep(0.01)
        body = {"location": "westeurope"}
        await self.resources.resource_groups.create_or_update(GROUP, body)

    async def fault(self, operation: str, kind: str, **more: Any) -> None:
        await self.sandbox("POST", "faults", {"operation": operation, "kind": kind, **more})

    async def refused(self, awaitable: Any) -> HttpResponseError:
        """Return the SDK's exception, of the request or of the end of its operation."""
        with pytest.raises(HttpResponseError) as caught:
            await self._to_its_end(awaitable)
        assert caught.value.error is not None
        return caught.value

    async def _to_its_end(self, awaitable: Any) -> None:
        result = await awaitable
        if hasattr(result, "result"):
            await result.result()

    async def make_address(self, name: str, **properties: Any) -> Any:
        body = {
            "location": "westeurope",
            "sku": {"name": "Standard"},
            "properties": {"publicIPAllocationMethod": "Static", **properties},
        }
        addresses = self.network.public_ip_addresses
        return await (await addresses.begin_create_or_update(GROUP, name, body)).result()

    async def make_network(self, name: str = "vnet") -> Any:
        subnet = {"name": "servers", "properties": {"addressPrefix": "10.0.0.0/24"}}
        body = {
            "location": "westeurope",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                "subnets": [subnet],
            },
        }
        networks = self.network.virtual_networks
        return await (await networks.begin_create_or_update(GROUP, name, body)).result()

    async def make_nic(self, name: str) -> Any:
        """Make an interface with an address of its own; both are deleted with the VM."""
        vnet = await self.make_network()
        address = await self.make_address(f"{name}-ip")
        inside = {
            "subnet": {"id": vnet.subnets[0].id},
            "publicIPAddress": {"id": address.id, "properties": {"deleteOption": "Delete"}},
        }
        configurations = [{"name": "public", "properties": inside}]
        body = {"location": "westeurope", "properties": {"ipConfigurations": configurations}}
        nics = self.network.network_interfaces
        return await (await nics.begin_create_or_update(GROUP, name, body)).result()

    def vm_body(self, nic_id: str, **changes: Any) -> dict[str, Any]:
        """Make a machine with Ubuntu; options: `size`, `image`, `computer_name`, `custom_data`,
        `tags`."""
        publisher, offer, sku = changes.get("image", "Canonical:ubuntu-24_04-lts:server").split(":")
        reference = {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"}
        key = {"path": "/home/bot/.ssh/authorized_keys", "keyData": "ssh-ed25519 AAAA bot"}
        custom_data = changes.get("custom_data", "#cloud-config\n")
        return {
            "location": "westeurope",
            "tags": changes.get("tags", {}),
            "properties": {
                "hardwareProfile": {"vmSize": changes.get("size", "Standard_B2s")},
                "storageProfile": {
                    "imageReference": reference,
                    "osDisk": {"createOption": "FromImage", "deleteOption": "Delete"},
                },
                "osProfile": {
                    "computerName": changes.get("computer_name", "otter"),
                    "adminUsername": "bot",
                    "customData": base64.b64encode(custom_data.encode()).decode(),
                    "linuxConfiguration": {"ssh": {"publicKeys": [key]}},
                },
                "networkProfile": {
                    "networkInterfaces": [{"id": nic_id, "properties": {"deleteOption": "Delete"}}]
                },
            },
        }

    async def make_vm(self, name: str = "vm", **changes: Any) -> Any:
        nic = await self.make_nic(f"{name}-nic")
        vms = self.compute.virtual_machines
        body = self.vm_body(nic.id, **changes)
        return await (await vms.begin_create_or_update(GROUP, name, body)).result()

    async def close(self) -> None:
        for client in (self.compute, self.network, self.resources, self.credential):
            await client.close()
        await self.session.close()


@pytest.fixture
def machines():
    return PaperMachines()


@pytest.fixture
async def server(tmp_path, machines):
    async with LocalAzure.running(
        tmp_path / "azure", machines=machines, speed=SPEED, seed=1, group=GROUP
    ) as server:
        yield server


@pytest.fixture
async def empty_portal(server):
    """A subscription in which nothing is registered and nothing exists."""
    portal = Portal(server)
    yield portal
    await portal.close()


@pytest.fixture
async def portal(empty_portal):
    """A subscription with its providers registered and an empty resource group."""
    await empty_portal.prepare()
    return empty_portal


@pytest.fixture
def portal_type():
    """Return a server that the test starts and stops itself."""
    return Portal


@pytest.fixture
async def owner_portal(server):
    """The same subscription, seen by its owner."""
    portal = Portal(server)
    yield portal
    await portal.close()


@pytest.fixture
async def bot_portal(server, portal):
    """The same subscription, seen by the bot's identity with its two roles."""
    portal = Portal(server, client=CLIENT, secret=SECRET)
    yield portal
    await portal.close()
