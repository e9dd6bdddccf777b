"""The network of a sandbox's containers: a namespace with a bridge, and a link to it.

Machines have addresses in 198.18.N.0/24, and the link between this computer and the machines is in
198.19.N.0/30. Each sandbox has its own N. The ranges are for tests between networks (RFC 2544) and
are never routed. This computer's own packet filter and forwarding stay as they are: requests to the
package registries go over relays in this process.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from bot.sandbox.machines.container.control_group import ControlGroup
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.relay import Relay

MACHINES = IPv4Network("198.18.0.0/16")
UPLINKS = IPv4Network("198.19.0.0/16")
_BLOCKS = 256
_FIRST_REGISTRY, _FIRST_MACHINE = 2, 40
"""Last numbers of addresses: 1 is the namespace itself, then come registries and machines."""

_RULES = Path(__file__).with_name("network.nft")
_KEEPER_SECONDS = 60.0


class Network:
    """The network of one sandbox.

    `folder` remembers the sandbox's number; `registries` are pairs of host and port.
    """

    def __init__(self, folder: Path, registries: Sequence[tuple[str, int]]) -> None:
        self._file = folder / "network.json"
        self._lock_file = folder / "keeper.lock"
        self._digest = hashlib.sha256(str(folder).encode()).hexdigest()
        self._registries = registries
        self._opening = asyncio.Lock()
        self._keeper: asyncio.subprocess.Process | None = None
        self._relays: list[Relay] = []
        block, self.group = self._remembered() or (self._free_block(), self._new_group())
        self.machines = list(MACHINES.subnets(new_prefix=24))[block]
        self._uplink = UPLINKS[block * 4 + 1], UPLINKS[block * 4 + 2]
        self._link = f"nb-{self._digest[:8]}"
        self._remember(block)

    @property
    def namespace(self) -> Path:
        """The namespace, while the network is open."""
        if self._keeper is None:
            raise RuntimeError("the network is not open")
        return Path(f"/proc/{self._keeper.pid}/ns/net")

    @property
    def gateway(self) -> str:
        """The gateway of the machines."""
        return str(self.machines[1])

    @property
    def hosts(self) -> dict[str, str]:
        """Host names of the registries, and the addresses by which machines reach them."""
        names = sorted({host for host, _ in self._registries})
        return {
            name: str(self.machines[number])
            for number, name in enumerate(names, start=_FIRST_REGISTRY)
        }

    def free_address(self, taken: frozenset[str]) -> str:
        """Return an address that no machine has. Raise RuntimeError if all are given out."""
        for number in range(_FIRST_MACHINE, self.machines.num_addresses - 1):
            if str(self.machines[number]) not in taken:
                return str(self.machines[number])
        raise RuntimeError(f"no free address is left in {self.machines}")

    async def open(self) -> None:
        """Make the network; an open one stays.

        Raise MachinesError if another sandbox works in the same folder.
        """
        async with self._opening:
            if self._keeper is not None and self._keeper.returncode is None:
                return
            await self.close()
            await self._start_keeper()
            await self._connect()
            await self._guard()

    async def close(self) -> None:
        """End every process of the machines, then the namespace."""
        for relay in self._relays:
            relay.close()
        self._relays.clear()
        if self._keeper is not None:
            assert self._keeper.stdin  # noqa: S101 - it was started with a pipe
            self._keeper.stdin.close()
            await self._keeper.wait()
            self._keeper = None
            with suppress(RuntimeError):  # the link goes with the namespace, but some time later
                await _run("ip", "link", "delete", self._link)

    async def _start_keeper(self) -> None:
        keeper = await asyncio.create_subprocess_exec(
            "unshare",
            "--net",
            sys.executable,
            "-m",
            f"{__package__}.keeper",
            self._lock_file,
            *self.group.folders,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert keeper.stdout  # noqa: S101 - it was started with a pipe
        try:
            line = await asyncio.wait_for(keeper.stdout.readline(), _KEEPER_SECONDS)
        except TimeoutError:
            line = b""
        if line != b"ready\n":
            with suppress(ProcessLookupError):
                keeper.kill()
            await keeper.wait()
            raise MachinesError(
                f"Another sandbox has its machines in {self._file.parent}. Stop it, or choose "
                "another DEMO_DIR and DEMO_PORT."
            )
        self._keeper = keeper

    async def _connect(self) -> None:
        """Make a bridge for the machines, and a pair of interfaces from here to the namespace."""
        near, far = self._uplink
        assert self._keeper  # noqa: S101 - it was started
        with suppress(RuntimeError):  # the interfaces of a killed sandbox go some time after it
            await _run("ip", "link", "delete", self._link)
        link = f"ip link add {self._link} type veth peer name uplink netns {self._keeper.pid}"
        await _run(*link.split())
        inside = [
            "link set lo up",
            "link add machines type bridge",
            f"addr add {self.gateway}/24 dev machines",
            *(f"addr add {address}/24 dev machines" for address in self.hosts.values()),
            "link set machines up",
            f"addr add {far}/30 dev uplink",
            "link set uplink up",
            f"route add default via {near}",
        ]
        await self._inside("ip", "-batch", "-", stdin="\n".join(inside))
        await self._inside("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        outside = [
            f"addr add {near}/30 dev {self._link}",
            f"link set {self._link} up",
            f"route add {self.machines} via {far}",
        ]
        await _run("ip", "-batch", "-", stdin="\n".join(outside))

    async def _guard(self) -> None:
        """Start the relays to the registries, and a packet filter that lets machines reach nothing
        else."""
        near = str(self._uplink[0])
        elements = []
        for host, port in self._registries:
            relay = Relay(host, port)
            self._relays.append(relay)
            relay_port = await relay.listen(near)
            elements.append(f"{self.hosts[host]} . {port} : {near} . {relay_port}")
        rules = _RULES.read_text().replace("{{registries}}", ", ".join(elements))
        await self._inside("nft", "-f", "-", stdin=rules)

    async def _inside(self, *command: str, stdin: str = "") -> None:
        await _run("nsenter", f"--net={self.namespace}", *command, stdin=stdin)

    def _new_group(self) -> ControlGroup:
        return ControlGroup.own() / f"notebook-bot-{self._digest[:12]}"

    def _remembered(self) -> tuple[int, ControlGroup] | None:
        """Return the group of an earlier run, which holds what was left behind.

        After a restart of the computer, the group is a new one.
        """
        try:
            memory = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        group = ControlGroup(tuple(map(Path, memory["group"])))
        is_usable = all(folder.parent.is_dir() for folder in group.folders)
        return int(memory["block"]), group if is_usable else self._new_group()

    def _remember(self, block: int) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folders = [str(folder) for folder in self.group.folders]
        self._file.write_text(json.dumps({"block": block, "group": folders}))

    def _free_block(self) -> int:
        """Return the free number, searched from a start that depends on the folder.

        Sandboxes on one computer therefore rarely meet.
        """
        routed = _routed_networks()
        start = int(self._digest[:4], 16)
        for number in range(_BLOCKS):
            block = (start + number) % _BLOCKS
            first, uplink = MACHINES[block * 256], UPLINKS[block * 4 + 1]
            if not any(address in network for network in routed for address in (first, uplink)):
                return block
        raise MachinesError(
            f"This computer has routes to all of {MACHINES}; no free range is left."
        )


def _routed_networks() -> list[IPv4Network]:
    """Return the networks that this computer has a route to, without the default route."""
    networks = []
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        fields = line.split()
        target, mask = (int.from_bytes(bytes.fromhex(fields[i]), "little") for i in (1, 7))
        if mask:
            networks.append(IPv4Network((IPv4Address(target), str(IPv4Address(mask)))))
    return networks


async def _run(*command: str, stdin: str = "") -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate(stdin.encode())
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {errors.decode(errors='replace').strip()}")
