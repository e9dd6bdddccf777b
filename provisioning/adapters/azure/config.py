"""The settings of the Azure adapter. This module imports no Azure library."""

from dataclasses import dataclass, field
from pathlib import Path

from provisioning.core.model.policy import RegionPolicy


@dataclass(frozen=True)
class _Identity:
    tenant_id: str = ""
    """The Microsoft Entra tenant of the service principal; required with `client_secret`."""
    client_id: str = ""
    """The service principal's application id."""
    client_secret: str = field(default="", repr=False)
    """The service principal's secret. Empty: DefaultAzureCredential (managed identity, CLI)."""
    subscription_id: str = ""
    """The subscription that owns the servers and is billed for them."""
    resource_group: str = "notebook-bot"
    """The resource group of all servers; created if it is missing. One for each installation."""


@dataclass(frozen=True)
class AzureConfig(RegionPolicy, _Identity):
    """The Azure subscription, the bot's identity in it, the network and the endpoints."""

    management_url: str = "https://management.azure.com"
    """Base address of Azure Resource Manager."""
    authority: str = "https://login.microsoftonline.com"
    """Base address of Microsoft Entra."""
    prices_url: str = "https://prices.azure.com/api/retail/prices"
    """Address of Azure's retail price list."""
    ca_file: Path | None = None
    """PEM file of the CA certificates to trust instead of the system's, for private clouds."""
    poll_seconds: float = 1.0
    """Seconds between two polls of a running operation; a longer Retry-After of Azure is cut to
    this (the SDK's own default is 30)."""
    ssh_source: str = "*"
    """Address range that may reach the machines' SSH. Narrow it to the bot's own address if members
    don't use SSH (`/notebook connect`)."""
    vnet_prefix: str = "10.83.0.0/16"
    """Address range of the virtual network, the same in each region: the regions' networks are not
    connected."""


@dataclass(frozen=True)
class OpenPorts:
    """The ports of the machines that Azure's network rules open."""

    ssh: int = 22
    https: int = 443
    http: int | None = None
    """Port of a certificate authority's HTTP-01 challenge; None: closed."""


@dataclass(frozen=True)
class Patience:
    """Seconds after which a request to Azure gives up with `NotYet`."""

    operation: float = 1800.0
    delete: float = 600.0


USUAL_PORTS = OpenPorts()
USUAL_PATIENCE = Patience()
