"""A stateful fake of the cloud: one small class for each of its ports, over one state."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from provisioning.core.model.cloud import (
    Boot,
    CloudMachine,
    CloudResource,
    Endpoint,
    MachineCommand,
    PowerState,
    Quota,
    RightsGranted,
    ShownParts,
    Size,
)
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import (
    Capacity,
    CloudAccount,
    Images,
    Inventory,
    MachineCommands,
    Machines,
    Network,
    Snapshots,
)
from provisioning.core.ports.presence import Presence
from provisioning.platforms.catalogue import Platform


@dataclass
class FakeCloud:
    """Resources by server, and failures to raise.

    `failures` holds exceptions by method name; each is raised once. `sold_in` holds the sizes of a
    region that differ from `sold`, and `full` the sizes for which a region has no room.
    `refusal` is raised by every method while it is set. `hidden` are servers whose machine and disk
    no request shows, though the interface is attached.
    """

    resources: dict[str, set[str]] = field(default_factory=dict)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    refusal: Exception | None = None
    hides_place: bool = False
    sold: tuple[str, ...] = ("Standard_B2s", "Standard_B2ms", "Standard_D2s_v5")
    sold_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    full: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone_images: tuple[str, ...] = ()
    networks: list[str] = field(default_factory=list)
    vm_gate: asyncio.Event | None = None
    vm_puts: int = 0
    hidden: set[str] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    known_machines: dict[str, CloudMachine] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    machine_sizes: dict[str, str] = field(default_factory=dict)
    disk_sizes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account = FakeAccount(self)
        self.capacity = FakeCapacity(self)
        self.images = FakeImages(self)
        self.network = FakeNetwork(self)
        self.machines = FakeMachines(self)
        self.commands = FakeCommands(self)
        self.snapshots = FakeSnapshots(self)
        self.inventory = FakeInventory(self)
        self.presence = FakePresence(self)

    def maybe_fail(self, method: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        if self.failures.get(method):
            raise self.failures[method].pop(0)


@dataclass
class _Ability:
    cloud: FakeCloud


class FakeAccount(_Ability, CloudAccount):
    async def check(self) -> None:
        self.cloud.maybe_fail("check")

    async def close(self) -> None:
        pass


class FakeCapacity(_Ability, Capacity):
    async def sizes(self, region: str) -> Sequence[Size]:
        sold = self.cloud.sold_in.get(region, self.cloud.sold)
        return [Size(name, 2, 4.0, "standardBSFamily") for name in sold]

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        self.cloud.maybe_fail("fitting_sizes")
        full = self.cloud.full.get(region, ())
        return [size for size in await self.sizes(region) if size.name not in full]

    async def quotas(self, region: str) -> Sequence[Quota]:
        self.cloud.maybe_fail("quotas")
        return [Quota(6, 100, "Total Regional Cores"), Quota(0, 10, "Standard BS Family Cores")]

    async def address_quota(self, region: str) -> Quota | None:
        return Quota(3, 1000, "Public IP Addresses", "publicipaddresses")

    async def check_server(self, server: Server) -> None:
        self.cloud.maybe_fail("check_server")

    async def check_resize(self, server: Server, size: str) -> Size:
        self.cloud.maybe_fail("check_resize")
        return next(each for each in await self.sizes(server.region) if each.name == size)

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        return [each for each in await self.sizes(server.region) if each.name != server.size]


class FakeImages(_Ability, Images):
    async def missing(self, images: Sequence[str], region: str) -> Sequence[str]:
        self.cloud.maybe_fail("missing")
        return [image for image in images if image in self.cloud.gone_images]


class FakeNetwork(_Ability, Network):
    async def ensure_network(self, region: str) -> None:
        self.cloud.maybe_fail("ensure_network")
        self.cloud.networks.append(region)

    async def ensure_address(self, server: Server) -> None:
        self.cloud.maybe_fail("ensure_address")
        self.cloud.resources.setdefault(server.id, set()).add("ip")

    async def ensure_nic(self, server: Server) -> None:
        self.cloud.maybe_fail("ensure_nic")
        self.cloud.resources.setdefault(server.id, set()).add("nic")

    async def endpoint(self, server: Server) -> Endpoint:
        self.cloud.maybe_fail("endpoint")
        return Endpoint("127.0.0.1", "10.0.0.4", "127.0.0.1")


class FakeMachines(_Ability, Machines):
    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        self.cloud.maybe_fail("ensure_vm")
        owned = self.cloud.resources.setdefault(server.id, set())
        if "vm" not in owned:
            self.cloud.vm_puts += 1
            owned |= {"vm", "power"}
        if self.cloud.vm_gate is not None:
            await self.cloud.vm_gate.wait()

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        self.cloud.maybe_fail("ensure_vm_of_copy")
        owned = self.cloud.resources[server.id]
        assert ("disk" if server.snapshot is None else f"copy-{server.snapshot.id}") in owned
        owned |= {"vm", "power"}

    async def start(self, server_id: str) -> None:
        self.cloud.maybe_fail("start")
        self.cloud.resources[server_id].add("power")

    async def stop(self, server_id: str) -> None:
        self.cloud.maybe_fail("stop")
        self.cloud.resources[server_id].discard("power")

    async def restart(self, server_id: str) -> None:
        self.cloud.maybe_fail("restart")
        self.cloud.resources[server_id].add("power")

    async def resize(self, server_id: str, size: str) -> None:
        self.cloud.maybe_fail("resize")
        assert "power" not in self.cloud.resources[server_id]
        self.cloud.machine_sizes[server_id] = size

    async def grow_disk(self, server_id: str, gb: int) -> None:
        self.cloud.maybe_fail("grow_disk")
        assert "power" not in self.cloud.resources[server_id]
        self.cloud.disk_sizes[server_id] = max(gb, self.cloud.disk_sizes.get(server_id, 0))

    async def find(self, server_id: str) -> CloudMachine | None:
        return self.cloud.known_machines.get(server_id)

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        self.cloud.maybe_fail("power_states")
        resources = self.cloud.resources
        return {
            each: PowerState.ABSENT
            if each in self.cloud.hidden
            else _power(resources.get(each, set()))
            for each in server_ids
        }


class FakeCommands(_Ability, MachineCommands):
    async def ensure_extension(self, server: Server, extension: str) -> None:
        raise NotImplementedError

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        raise NotImplementedError


class FakeSnapshots(_Ability, Snapshots):
    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        self.cloud.maybe_fail("ensure_copy")
        owned = self.cloud.resources.get(server.id, set())
        if f"copy-{_snapshot_of(server)}" in owned:
            return True
        if "vm" not in owned or server.id in self.cloud.hidden:
            return False
        assert "power" not in owned, "the disk of a running machine still changes"
        owned.add(f"copy-{_snapshot_of(server)}")
        return True

    async def delete_copy(self, server_id: str, copy: str) -> None:
        self.cloud.maybe_fail("delete_copy")
        resources = self.cloud.resources
        resources.get(server_id, set()).discard(f"copy-{copy}")
        if not resources.get(server_id):
            resources.pop(server_id, None)


class FakeInventory(_Ability, Inventory):
    async def resources(self) -> Sequence[CloudResource]:
        return [
            CloudResource(
                f"/{server_id}/{name}", name, name, server_id, "", is_copy=name.startswith("copy-")
            )
            for server_id, names in self.cloud.resources.items()
            for name in names
        ]

    async def tag_server(self, server: Server) -> None:
        self.cloud.maybe_fail("tag_server")
        self.cloud.owners[server.id] = server.owner
        self.cloud.names[server.id] = server.name

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        self.cloud.maybe_fail("delete_server")
        kept = self.cloud.resources.pop(server_id, set()) & {f"copy-{keep}"}
        if kept:
            self.cloud.resources[server_id] = kept


class FakePresence(_Ability, Presence):
    async def shows_place(self) -> bool:
        if self.cloud.refusal is not None:
            raise self.cloud.refusal
        return not self.cloud.hides_place

    async def unprepared(self) -> Sequence[str]:
        return [] if await self.shows_place() else ["the resource group"]

    async def rights(self) -> RightsGranted:
        return RightsGranted()

    async def parts(self, server_id: str) -> ShownParts:
        owned = self.cloud.resources.get(server_id, set())
        if server_id in self.cloud.hidden:
            return ShownParts(attached="vm" in owned)
        return ShownParts("vm" in owned, bool(owned & {"vm", "disk"}), "vm" in owned)


def _power(owned: set[str]) -> PowerState:
    if "vm" not in owned:
        return PowerState.ABSENT
    return PowerState.RUNNING if "power" in owned else PowerState.DEALLOCATED


def _snapshot_of(server: Server) -> str:
    assert server.snapshot is not None
    return server.snapshot.id
