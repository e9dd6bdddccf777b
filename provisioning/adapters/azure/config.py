"""The settings of the Azure adapter. This module imports no Azure library."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from provisioning.core.model.policy import RegionPolicy


@dataclass(frozen=True)
class _Identity:
    tenant_id: str = ""
    """The Microsoft Entra tenant of the service principal; required with `client_secret`."""
    client_id: str = ""
    """The service principal's application id. Without `client_secret`: the client id of the
    user-assigned managed identity to use, of the machine on which the bot runs."""
    client_secret: str = field(default="", repr=False)
    """The service principal's secret. Empty: DefaultAzureCredential (managed identity, CLI)."""
    client_secret_ends: date | None = None
    """The last day of `client_secret`, YYYY-MM-DD, as Azure shows it beside the secret. The admins
    hear of it a month before. Azure tells it to no bot."""
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
    tags: str = ""
    """Tags for everything that the bot creates, as `CostCenter=42,Team=data`: those that a policy
    of the subscription demands, say. Names that begin with `nb-` are the bot's own."""
    poll_seconds: float = 1.0
    """Pace of the questions to Azure: 1 is the pace of the real Azure, a smaller number that of a
    faster cloud. Pauses between polls and the budget of requests are multiples of it."""
    ssh_source: str = "*"
    """Address range that may reach the machines' SSH. Narrow it to the bot's own address if members
    don't use SSH (`/notebook connect`)."""
    vnet_prefix: str = "10.83.0.0/16"
    """Address range of the virtual network, the same in each region: the regions' networks are not
    connected."""


OWN_TAGS = "nb-"
"""Prefix of the tags by which the bot knows its resources."""
_MOST_TAGS, _LONGEST_NAME, _LONGEST_VALUE = 40, 512, 256
_NOT_IN_NAMES = frozenset("<>%&\\?/")


def tags_in(text: str) -> dict[str, str]:
    """Return the tags of the setting `tags`.

    Raises:
        ValueError: about a tag that is none, that Azure does not take, or that is the bot's own.
    """
    tags = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise ValueError(f"{pair!r} is no tag: write name=value, with commas between tags")
        if name.lower().startswith(OWN_TAGS):
            raise ValueError(f"{name!r} begins with {OWN_TAGS!r}, as only the bot's own tags do")
        if _NOT_IN_NAMES & set(name) or len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE:
            raise ValueError(f"Azure takes no tag {pair[:80]!r}: too long, or with one of <>%&\\?/")
        tags[name] = value
    if len(tags) > _MOST_TAGS:
        raise ValueError(f"more than {_MOST_TAGS} tags; Azure takes 50 with the bot's own")
    return tags


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
