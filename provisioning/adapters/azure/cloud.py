"""`Cloud` over Azure: its abilities, sharing one set of clients."""

from dataclasses import dataclass

from provisioning.adapters.azure.account import AzureAccount
from provisioning.adapters.azure.capacity import AzureCapacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.commands import AzureCommands
from provisioning.adapters.azure.config import USUAL_PATIENCE, AzureConfig, OpenPorts, Patience
from provisioning.adapters.azure.images import AzureImages
from provisioning.adapters.azure.inventory import AzureInventory
from provisioning.adapters.azure.machines import AzureMachines
from provisioning.adapters.azure.network import AzureNetwork
from provisioning.adapters.azure.presence import AzurePresence
from provisioning.adapters.azure.snapshots import AzureSnapshots


@dataclass(frozen=True)
class AzureCloud:
    """What the bot can do in Azure."""

    account: AzureAccount
    capacity: AzureCapacity
    images: AzureImages
    network: AzureNetwork
    machines: AzureMachines
    commands: AzureCommands
    snapshots: AzureSnapshots
    inventory: AzureInventory
    presence: AzurePresence


def open_cloud(
    config: AzureConfig,
    installation: str,
    ports: OpenPorts,
    patience: Patience = USUAL_PATIENCE,
) -> AzureCloud:
    """Return the cloud of this subscription; sends no request to Azure yet.

    `installation` is the tag that tells this bot's resources from another bot's.
    """
    clients = AzureClients(config, patience)
    capacity = AzureCapacity(clients)
    images = AzureImages(clients)
    snapshots = AzureSnapshots(clients, installation)
    return AzureCloud(
        account=AzureAccount(clients, capacity, installation),
        capacity=capacity,
        images=images,
        network=AzureNetwork(clients, installation, ports),
        machines=AzureMachines(clients, capacity, images, snapshots, installation),
        commands=AzureCommands(clients),
        snapshots=snapshots,
        inventory=AzureInventory(clients, installation),
        presence=AzurePresence(clients),
    )
