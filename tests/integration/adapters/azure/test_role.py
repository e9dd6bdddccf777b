"""The two roles in docs grant what the adapter's requests need, and nothing else.

What changes anything is granted in the resource group alone.

`NEEDED` names the actions as Microsoft's list of resource provider operations does. After the
first action of a row come the linked ones: ARM checks them on the resources that a body names.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.azure.names import action_name
from provisioning.adapters.azure import rights
from provisioning.core.model.cloud import Boot, MachineCommand
from provisioning.core.model.server import Snapshot
from provisioning.platforms.catalogue import get_platform

DOCS = Path(__file__).parents[4] / "docs"
IN_GROUP, IN_SUBSCRIPTION = (
    json.loads((DOCS / name).read_text())["Actions"]
    for name in ("azure-role.json", "azure-role-subscription.json")
)

RESOURCES, COMPUTE, NETWORK = "Microsoft.Resources", "Microsoft.Compute", "Microsoft.Network"
GROUP = "resourceGroups/*"
IN_COMPUTE, IN_NETWORK = f"{GROUP}/providers/{COMPUTE}", f"{GROUP}/providers/{NETWORK}"
VM, NIC = f"{IN_COMPUTE}/virtualMachines", f"{IN_NETWORK}/networkInterfaces"
DISK, SNAPSHOT = f"{IN_COMPUTE}/disks", f"{IN_COMPUTE}/snapshots"
VIEW = f"{COMPUTE}/virtualMachines/instanceView/read"
IMAGE = "locations/*/publishers/*/artifacttypes/*/offers/*/skus/*/versions"

PERMISSIONS = "providers/Microsoft.Authorization/permissions"
COMPARE = "Microsoft.Authorization/permissions/read"

NEEDED = {
    ("GET", PERMISSIONS): [COMPARE],
    ("GET", f"{GROUP}/{PERMISSIONS}"): [COMPARE],
    ("GET", GROUP): [f"{RESOURCES}/subscriptions/resourceGroups/read"],
    ("PUT", GROUP): [f"{RESOURCES}/subscriptions/resourceGroups/write"],
    ("GET", f"{GROUP}/resources"): [f"{RESOURCES}/subscriptions/resourceGroups/resources/read"],
    ("GET", "providers/*"): [f"{RESOURCES}/subscriptions/providers/read"],
    ("POST", f"providers/{COMPUTE}/register"): [f"{COMPUTE}/register/action"],
    ("POST", f"providers/{NETWORK}/register"): [f"{NETWORK}/register/action"],
    ("GET", f"providers/{COMPUTE}/skus"): [f"{COMPUTE}/skus/read"],
    ("GET", f"providers/{COMPUTE}/{IMAGE}"): [
        f"{COMPUTE}/locations/publishers/artifacttypes/offers/skus/versions/read"
    ],
    ("GET", f"providers/{COMPUTE}/{IMAGE}/*"): [
        f"{COMPUTE}/locations/publishers/artifacttypes/offers/skus/versions/read"
    ],
    ("GET", f"providers/{COMPUTE}/locations/*/usages"): [f"{COMPUTE}/locations/usages/read"],
    ("GET", f"providers/{NETWORK}/locations/*/usages"): [f"{NETWORK}/locations/usages/read"],
    ("GET", f"providers/{COMPUTE}/locations/*/operations/*"): [
        f"{COMPUTE}/locations/operations/read"
    ],
    ("GET", f"providers/{COMPUTE}/locations/*/DiskOperations/*"): [
        f"{COMPUTE}/locations/diskOperations/read"
    ],
    ("GET", f"providers/{NETWORK}/locations/*/operations/*"): [
        f"{NETWORK}/locations/operations/read"
    ],
    ("GET", f"providers/{COMPUTE}/virtualMachines"): [f"{COMPUTE}/virtualMachines/read", VIEW],
    ("GET", f"{VM}/*"): [f"{COMPUTE}/virtualMachines/read", VIEW],
    ("PUT", f"{VM}/*"): [
        f"{COMPUTE}/virtualMachines/write",
        f"{NETWORK}/networkInterfaces/join/action",
    ],
    ("PATCH", f"{VM}/*"): [f"{COMPUTE}/virtualMachines/write"],
    ("DELETE", f"{VM}/*"): [f"{COMPUTE}/virtualMachines/delete"],
    ("POST", f"{VM}/*/start"): [f"{COMPUTE}/virtualMachines/start/action"],
    ("POST", f"{VM}/*/deallocate"): [f"{COMPUTE}/virtualMachines/deallocate/action"],
    ("POST", f"{VM}/*/restart"): [f"{COMPUTE}/virtualMachines/restart/action"],
    ("GET", f"{VM}/*/runCommands/*"): [f"{COMPUTE}/virtualMachines/runCommands/read"],
    ("PUT", f"{VM}/*/runCommands/*"): [f"{COMPUTE}/virtualMachines/runCommands/write"],
    ("GET", f"{VM}/*/extensions/*"): [f"{COMPUTE}/virtualMachines/extensions/read"],
    ("PUT", f"{VM}/*/extensions/*"): [f"{COMPUTE}/virtualMachines/extensions/write"],
    ("GET", f"{DISK}/*"): [f"{COMPUTE}/disks/read"],
    ("PUT", f"{DISK}/*"): [f"{COMPUTE}/disks/write", f"{COMPUTE}/snapshots/beginGetAccess/action"],
    ("PATCH", f"{DISK}/*"): [f"{COMPUTE}/disks/write"],
    ("DELETE", f"{DISK}/*"): [f"{COMPUTE}/disks/delete"],
    ("GET", f"{SNAPSHOT}/*"): [f"{COMPUTE}/snapshots/read"],
    ("PUT", f"{SNAPSHOT}/*"): [
        f"{COMPUTE}/snapshots/write",
        f"{COMPUTE}/disks/beginGetAccess/action",
    ],
    ("PATCH", f"{SNAPSHOT}/*"): [f"{COMPUTE}/snapshots/write"],
    ("DELETE", f"{SNAPSHOT}/*"): [f"{COMPUTE}/snapshots/delete"],
    ("GET", f"{IN_NETWORK}/publicIPAddresses/*"): [f"{NETWORK}/publicIPAddresses/read"],
    ("PUT", f"{IN_NETWORK}/publicIPAddresses/*"): [f"{NETWORK}/publicIPAddresses/write"],
    ("PATCH", f"{IN_NETWORK}/publicIPAddresses/*"): [f"{NETWORK}/publicIPAddresses/write"],
    ("DELETE", f"{IN_NETWORK}/publicIPAddresses/*"): [f"{NETWORK}/publicIPAddresses/delete"],
    ("GET", f"{NIC}/*"): [f"{NETWORK}/networkInterfaces/read"],
    ("PUT", f"{NIC}/*"): [
        f"{NETWORK}/networkInterfaces/write",
        f"{NETWORK}/publicIPAddresses/join/action",
        f"{NETWORK}/networkSecurityGroups/join/action",
        f"{NETWORK}/virtualNetworks/subnets/join/action",
    ],
    ("PATCH", f"{NIC}/*"): [f"{NETWORK}/networkInterfaces/write"],
    ("DELETE", f"{NIC}/*"): [f"{NETWORK}/networkInterfaces/delete"],
    ("GET", f"{IN_NETWORK}/networkSecurityGroups/*"): [f"{NETWORK}/networkSecurityGroups/read"],
    ("PUT", f"{IN_NETWORK}/networkSecurityGroups/*"): [f"{NETWORK}/networkSecurityGroups/write"],
    ("GET", f"{IN_NETWORK}/virtualNetworks/*"): [f"{NETWORK}/virtualNetworks/read"],
    ("PUT", f"{IN_NETWORK}/virtualNetworks/*"): [f"{NETWORK}/virtualNetworks/write"],
}

GROUPS = [row for row in NEEDED if row[1].startswith(GROUP)]
UBUNTU = get_platform("ubuntu")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")
GPU, DRIVER = "Standard_NC4as_T4_v3", "Microsoft.HpcCompute:NvidiaGpuDriverLinux:1.6"
UNTIL = datetime(2026, 12, 1, 9, tzinfo=UTC)


async def test_the_role_grants_what_the_adapters_requests_need_and_nothing_else(
    cloud, server, azure
):
    await live(cloud, replace(server, size=GPU, snapshot=Snapshot("word", UNTIL)))

    sent = {(r.method, r.path) for r in await azure.requests() if "/subscriptions/" in r.path}
    rows = {request: row_of(*request) for request in sent}

    for request, row in rows.items():
        assert action_name(*request).lower() == NEEDED[row][0].lower()
    assert set(rows.values()) == set(NEEDED), "each row is a request that the adapter sends"
    needed = {action for actions in NEEDED.values() for action in actions}
    assert {*IN_GROUP, *IN_SUBSCRIPTION} == needed
    assert set(rights.IN_GROUP) == set(IN_GROUP)
    assert set(rights.IN_SUBSCRIPTION) == set(IN_SUBSCRIPTION)
    of_group = {a for row, actions in NEEDED.items() if row[1].startswith(GROUP) for a in actions}
    of_subscription = {a for row, actions in NEEDED.items() if row not in GROUPS for a in actions}
    assert set(IN_SUBSCRIPTION) == of_subscription
    assert set(IN_GROUP) == of_group - of_subscription, "the group has the subscription's rights"


def test_in_the_subscription_the_bot_only_reads_and_registers():
    assert not [a for a in IN_SUBSCRIPTION if not a.endswith(("/read", "/register/action"))]


async def live(cloud, server):
    """Take a server through everything that the bot does in Azure."""
    await cloud.presence.rights()
    await cloud.capacity.check_server(server)
    await cloud.capacity.quotas("westeurope")
    await cloud.capacity.address_quota("westeurope")
    await cloud.images.missing([UBUNTU.release(server.release).image], "westeurope")
    await create(cloud, server)
    await cloud.commands.ensure_extension(server, DRIVER)
    await cloud.commands.ensure_command(server, MachineCommand("hello", "echo hello", {}, {}))
    await cloud.network.endpoint(server)
    await cloud.machines.restart(server.id)
    await cloud.machines.stop(server.id)
    await cloud.machines.resize(server.id, "Standard_B2ms")
    await cloud.machines.grow_disk(server.id, 256)
    await cloud.machines.start(server.id)
    await cloud.machines.power_states([server.id])
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await restore(cloud, server)
    await cloud.inventory.tag_server(replace(server, owner="U_BOB"))
    await cloud.inventory.delete_server(server.id, keep="word")
    await leave_parts_behind(cloud, server)
    await cloud.inventory.delete_server(server.id, keep="word")
    await cloud.snapshots.delete_copy(server.id, "word")
    assert await cloud.inventory.resources() == []


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def restore(cloud, server):
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm_of_copy(server, UBUNTU)


async def leave_parts_behind(cloud, server):
    """Make what a creation or a restore has made when it fails before its machine."""
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.snapshots.ensure_disk(server)


def row_of(method, path):
    """Return the row of `NEEDED` for a request."""
    words = path.lower().split("/")[3:]
    (row,) = [
        (verb, pattern)
        for verb, pattern in NEEDED
        if verb == method and matches(words, pattern.lower().split("/"))
    ] or [None]
    assert row, f"{method} {path} is not in the table"
    return row


def matches(words, pattern):
    pairs = zip(words, pattern, strict=False)
    return len(words) == len(pattern) and all(p in ("*", word) for word, p in pairs)
