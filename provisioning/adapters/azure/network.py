"""The installation's network in each region, and each server's address and interface."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.config import OpenPorts
from provisioning.adapters.azure.errors import failure_of, translated
from provisioning.adapters.azure.network_resources import (
    NetworkKind,
    is_finished,
    resource_properties,
)
from provisioning.adapters.azure.reading import or_none
from provisioning.adapters.azure.security_rules import are_so, beside, security_rules
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import Endpoint
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Network
from provisioning.core.retry import all_of, patiently

if TYPE_CHECKING:
    from azure.mgmt.resource.resources.models import GenericResource

_MISSING = frozenset({"InvalidResourceReference", "NotFound", "ResourceNotFound"})

NETWORK_TIMEOUT = 120.0
"""Seconds to wait for another process that creates the same network, which takes 1-10."""


@dataclass(frozen=True)
class _Shared:
    """The names of the resources that all servers of a region share."""

    vnet: str
    nsg: str


class AzureNetwork(Network):
    """Everything of Microsoft.Network. Each `ensure_` method changes only what differs."""

    def __init__(self, clients: AzureClients, installation: str, ports: OpenPorts) -> None:
        self._clients = clients
        self._config = clients.config
        self._installation = installation
        self._rules = security_rules(ports, clients.config.ssh_source)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._made: dict[str, _Shared] = {}

    @override
    async def ensure_network(self, region: str) -> None:
        await self._network(region)

    async def _network(self, region: str) -> _Shared:
        """Return the region's network, read from Azure at the region's first server only."""
        async with self._locks[region]:
            if region not in self._made:
                self._made[region] = await patiently(
                    lambda: self._make_network(region), NETWORK_TIMEOUT, self._config.poll_seconds
                )
        return self._made[region]

    @override
    async def ensure_address(self, server: Server) -> None:
        operation = N_("create the public address")
        with translated(operation, self._clients.facts_in(server.region)):
            found = await or_none(self._get_address(server.id))
            if found is not None and is_finished(found):
                return
            for attempt in range(names.DNS_LABELS):
                try:
                    await self._put_address(server, names.dns_label(server.id, attempt))
                    return
                except HttpResponseError as error:
                    last = attempt == names.DNS_LABELS - 1
                    if last or failure_of(error).code != "DnsRecordInUse":
                        raise

    @override
    async def ensure_nic(self, server: Server) -> None:
        try:
            await self._make_nic(server, await self._network(server.region))
        except PermanentError as error:
            if error.code not in _MISSING:
                raise
            # The network was deleted after this process had read it.
            self._made.pop(server.region, None)
            await self._make_nic(server, await self._network(server.region))

    @override
    async def endpoint(self, server: Server) -> Endpoint:
        group = self._config.resource_group
        with translated(N_("read the server's address"), self._clients.facts):
            address, nic = await asyncio.gather(
                or_none(self._get_address(server.id)),
                or_none(self._clients.network.network_interfaces.get(group, names.nic(server.id))),
            )
        public = resource_properties(address) if address else {}
        fqdn = (public.get("dnsSettings") or {}).get("fqdn")
        private = _private_address(nic) if nic else None
        if not (public.get("ipAddress") and fqdn and private):
            raise NotYet(N_("The server has no address yet"))
        return Endpoint(public["ipAddress"], private, fqdn)

    async def _make_network(self, region: str) -> _Shared:
        network = self._clients.network
        with translated(N_("read the network"), self._clients.facts_in(region)):
            (nsg_name, nsg), (vnet_name, vnet) = await asyncio.gather(
                self._of_region(network.network_security_groups, names.NSG, region),
                self._of_region(network.virtual_networks, names.VNET, region),
            )
        makers = []
        if not self._nsg_is_so(nsg):
            makers.append(self._put_nsg(nsg_name, region, nsg))
        if not _vnet_is_so(vnet):
            makers.append(self._put_vnet(vnet_name, region))
        await all_of(*makers)
        return _Shared(vnet_name, nsg_name)

    async def _of_region(
        self, kind: NetworkKind, plain: str, region: str
    ) -> "tuple[str, GenericResource | None]":
        """Return the resource's name in the region, and the resource if it exists.

        The plain name belongs to the region in which it was created, else to the first region.
        Another
        region may have become the first one since, but servers stay connected to their network.
        """
        group = self._config.resource_group
        found = await or_none(kind.get(group, plain))
        if found is None and region == self._config.region:
            return plain, None
        if found is not None and names.spelled(found.location) == region:
            return plain, found
        name = names.in_region(plain, region)
        return name, await or_none(kind.get(group, name))

    async def _put_nsg(self, name: str, region: str, present: "GenericResource | None") -> None:
        found = resource_properties(present).get("securityRules") or () if present else ()
        body = {
            **self._common(region),
            "tags": {**(present.tags or {} if present else {}), **self._common(region)["tags"]},
            "properties": {"securityRules": beside(found, self._rules)},
        }
        await self._clients.finish(
            N_("create the security group"),
            self._clients.network.network_security_groups.begin_create_or_update,
            self._config.resource_group,
            name,
            body,
            region=region,
        )

    async def _put_vnet(self, name: str, region: str) -> None:
        prefix = self._config.vnet_prefix
        body = {
            **self._common(region),
            "properties": {
                "addressSpace": {"addressPrefixes": [prefix]},
                "subnets": [{"name": names.SUBNET, "properties": {"addressPrefix": prefix}}],
            },
        }
        await self._clients.finish(
            N_("create the network"),
            self._clients.network.virtual_networks.begin_create_or_update,
            self._config.resource_group,
            name,
            body,
            region=region,
        )

    def _common(self, region: str) -> dict[str, Any]:
        return {"location": region, "tags": names.shared_tags(self._installation, self._config)}

    def _nsg_is_so(self, nsg: "GenericResource | None") -> bool:
        if nsg is None or not is_finished(nsg):
            return False
        return are_so(resource_properties(nsg).get("securityRules") or (), self._rules)

    async def _get_address(self, server_id: str) -> "GenericResource":
        return await self._clients.network.public_ip_addresses.get(
            self._config.resource_group, names.address(server_id)
        )

    async def _make_nic(self, server: Server, shared: _Shared) -> None:
        group, name = self._config.resource_group, names.nic(server.id)
        operations = self._clients.network.network_interfaces
        operation = N_("create the network interface")
        with translated(operation, self._clients.facts_in(server.region)):
            found = await or_none(operations.get(group, name))
        if found is None or not is_finished(found):
            begin, body = operations.begin_create_or_update, self._nic_body(server, shared)
            where = {"region": server.region}
            await self._clients.finish(operation, begin, group, name, body, **where)

    async def _put_address(self, server: Server, label: str) -> None:
        body = {
            "location": server.region,
            "tags": names.tags(server, self._installation, self._config),
            "sku": {"name": "Standard"},
            "properties": {
                "publicIPAllocationMethod": "Static",
                "publicIPAddressVersion": "IPv4",
                "deleteOption": "Delete",
                "dnsSettings": {"domainNameLabel": label},
            },
        }
        await self._clients.finish_raw(
            self._clients.network.public_ip_addresses.begin_create_or_update,
            self._config.resource_group,
            names.address(server.id),
            body,
        )

    def _nic_body(self, server: Server, shared: _Shared) -> dict[str, Any]:
        """Return the interface with address and security group attached from the start.

        Attaching an address to an existing interface was seen to take 32-152 s.
        """
        subnet = f"{self._id('virtualNetworks', shared.vnet)}/subnets/{names.SUBNET}"
        ip_configuration = {
            "name": "public",
            "properties": {
                "primary": True,
                "privateIPAllocationMethod": "Dynamic",
                "subnet": {"id": subnet},
                "publicIPAddress": {
                    "id": self._id("publicIPAddresses", names.address(server.id)),
                    "properties": {"deleteOption": "Delete"},
                },
            },
        }
        return {
            "location": server.region,
            "tags": names.tags(server, self._installation, self._config),
            "properties": {
                "networkSecurityGroup": {"id": self._id("networkSecurityGroups", shared.nsg)},
                "ipConfigurations": [ip_configuration],
            },
        }

    def _id(self, kind: str, name: str) -> str:
        return names.resource_id(self._config, f"Microsoft.Network/{kind}", name)


def _vnet_is_so(vnet: "GenericResource | None") -> bool:
    if vnet is None or not is_finished(vnet):
        return False
    subnets = resource_properties(vnet).get("subnets") or ()
    return any(str(subnet.get("name")).lower() == names.SUBNET for subnet in subnets)


def _private_address(nic: "GenericResource") -> str | None:
    """Return the address of the first configuration inside the network, if it has one."""
    configurations = resource_properties(nic).get("ipConfigurations") or [{}]
    private: str | None = (configurations[0].get("properties") or {}).get("privateIPAddress")
    return private
