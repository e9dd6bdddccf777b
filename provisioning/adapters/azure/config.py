"""The settings of the Azure adapter. No library of Azure's is imported here."""

from dataclasses import dataclass, field
from pathlib import Path

from provisioning.core.model.policy import RegionPolicy


@dataclass(frozen=True)
class _Identity:
    tenant_id: str = ""
    """The Microsoft Entra tenant of the service principal. Empty: the machine's own identity."""
    client_id: str = ""
    """The service principal's application id."""
    client_secret: str = field(default="", repr=False)
    """The service principal's secret. Empty: DefaultAzureCredential (managed identity, CLI)."""
    subscription_id: str = ""
    """The subscription that pays."""
    resource_group: str = "notebook-bot"
    """The group that holds all servers; made if it is missing. Use one for each installation."""


@dataclass(frozen=True)
class AzureConfig(RegionPolicy, _Identity):
    """The subscription, and the identity that works in it."""

    management_url: str = "https://management.azure.com"
    """Azure Resource Manager."""
    authority: str = "https://login.microsoftonline.com"
    """Microsoft Entra."""
    prices_url: str = "https://prices.azure.com/api/retail/prices"
    """The retail price list."""
    ca_file: Path | None = None
    """A PEM file of the authorities to trust instead of the system's, for private clouds."""
    poll_seconds: float = 1.0
    """Seconds between two looks at a running operation, and the most that a
    Retry-After of the cloud is honoured there (the SDK's own default is 30)."""
    ssh_source: str = "*"
    """Address range that may reach the machines' SSH; narrow it to the bot's own address
    where members need no SSH of their own (`/notebook connect` gives it to them)."""
    vnet_prefix: str = "10.83.0.0/16"
    """Address range of the deployment's virtual network, the same in each region: these networks
    don't know each other."""


@dataclass(frozen=True)
class OpenPorts:
    """The ports at which the machines may be reached."""

    ssh: int = 22
    https: int = 443
    http: int | None = None
    """Where a certificate authority looks for the proof of a name; None: closed."""


@dataclass(frozen=True)
class Patience:
    """Seconds after which a call gives up with `NotYet`."""

    operation: float = 1800.0
    delete: float = 600.0


USUAL_PORTS = OpenPorts()
USUAL_PATIENCE = Patience()
