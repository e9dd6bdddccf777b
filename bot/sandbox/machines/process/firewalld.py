"""firewalld of a machine: zones as files, the loaded zones, and `firewall-cmd`.

As with the packet filter of nft, a forward-port is a real forwarder. A port that a zone closes
stays reachable on 127/8, since only root could close it. Whatever firewalld or this stand-in does
not know is refused.
"""

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.forwarders import Forwarders
from bot.sandbox.machines.process.tree import Tree

USAGE, INVALID_ZONE, NOT_RUNNING = 2, 112, 252
"""Exit codes, as firewall-cmd(1) lists them."""

_FORWARD = re.compile(r"port=(\d+):proto=(tcp|udp):toport=(\d+)")
_PORT = re.compile(r"(\d+)/(tcp|udp)")
_SERVICES = {"ssh": ("22", "tcp"), "dhcpv6-client": ("546", "udp")}
_TARGETS = frozenset({"default", "ACCEPT", "DROP", "%%REJECT%%"})


class FirewalldError(Exception):
    """A refusal of firewall-cmd: its message and its exit code."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Zone:
    """A zone: `ports` as (number, protocol), `forwards` as (number, protocol, number)."""

    target: str = "default"
    ports: frozenset[tuple[str, str]] = frozenset()
    protocols: frozenset[str] = frozenset()
    forwards: frozenset[tuple[str, str, str]] = frozenset()


PUBLIC = Zone(ports=frozenset(_SERVICES.values()))
"""The zone that every installation has."""


def parse_zone(text: str) -> Zone:
    """Read a zone's XML file. Raise FirewalldError for content that no zone can have."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - the machine's own file
        ports, protocols, forwards = set(), set(), set()
        for element in root:
            match element.tag:
                case "port":
                    ports.add((element.attrib["port"], element.attrib["protocol"]))
                case "service":
                    ports.add(_SERVICES[element.attrib["name"]])
                case "protocol":
                    protocols.add(element.attrib["value"])
                case "forward-port":
                    names = ("port", "protocol", "to-port")
                    number, protocol, to = (element.attrib[name] for name in names)
                    forwards.add((number, protocol, to))
                case "short" | "description":
                    pass
                case unknown:
                    raise FirewalldError(f"Unexpected element {unknown}", INVALID_ZONE)
    except (ET.ParseError, KeyError) as error:
        raise FirewalldError(f"not a valid zone file: {error!r}", INVALID_ZONE) from None
    target = root.attrib.get("target", "default")
    if root.tag != "zone" or target not in _TARGETS:
        raise FirewalldError(f"not a valid zone file: {root.tag} {target}", INVALID_ZONE)
    return Zone(target, frozenset(ports), frozenset(protocols), frozenset(forwards))


class Firewalld:
    """The daemon runs as long as its process holds a connection (`serve`)."""

    def __init__(self, address: str, tree: Tree) -> None:
        self._forwarders = Forwarders(address)
        self._folder = tree.root / "etc/firewalld"
        self._zones: Mapping[str, Zone] = {}
        self._default = ""
        self._running = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be the daemon until its process ends."""
        await self._load()
        self._running = True
        try:
            writer.write(b"{}\n")
            await reader.read()
        finally:
            self._running = False
            await self._forwarders.set({})

    async def firewall_cmd(self, arguments: Sequence[str]) -> Answer:
        """Answer one call of firewall-cmd."""
        return await self._answer(arguments, offline=False)

    async def firewall_offline_cmd(self, arguments: Sequence[str]) -> Answer:
        """Answer one call of firewall-offline-cmd, which changes files without the daemon."""
        return await self._answer(arguments, offline=True)

    async def _answer(self, arguments: Sequence[str], *, offline: bool) -> Answer:
        try:
            return await self._call(list(arguments), offline=offline)
        except (FirewalldError, OSError) as error:
            status = error.status if isinstance(error, FirewalldError) else 1
            return Answer(status, "", f"Error: {error}\n")

    async def _call(self, arguments: list[str], *, offline: bool) -> Answer:
        zone = None
        if len(arguments) > 1 and arguments[0].startswith("--zone="):
            zone = arguments.pop(0).partition("=")[2]
        if len(arguments) != 1:
            raise FirewalldError("unknown to this machine: " + " ".join(arguments), USAGE)
        option, _, value = arguments[0].partition("=")
        if option == "--state" and not offline:
            return Answer(0, "running\n") if self._running else Answer(NOT_RUNNING, "not running\n")
        if not (offline or self._running):
            raise FirewalldError("FirewallD is not running", NOT_RUNNING)
        zones = self._permanent_zones() if offline else self._zones
        if option.startswith("--query-"):
            return self._query(zones, zone or self._default, option, value)
        if zone is None and option == "--set-default-zone":
            return await self._set_default(zones, value, offline=offline)
        if zone is None and arguments == ["--get-default-zone"]:
            return Answer(0, f"{self._permanent_default()}\n")
        if zone is None and arguments == ["--reload"] and not offline:
            await self._load()
            return Answer(0, "success\n")
        raise FirewalldError(f"unrecognized arguments: {arguments[0]}", USAGE)

    def _query(self, zones: Mapping[str, Zone], name: str, option: str, value: str) -> Answer:
        if name not in zones:
            raise FirewalldError(f"INVALID_ZONE: {name}", INVALID_ZONE)
        port, forward = _PORT.fullmatch(value), _FORWARD.fullmatch(value)
        if option == "--query-port" and port:
            found = port.groups() in zones[name].ports
        elif option == "--query-forward-port" and forward:
            found = forward.groups() in zones[name].forwards
        else:
            raise FirewalldError(f"unrecognized arguments: {option}={value}", USAGE)
        return Answer(0, "yes\n") if found else Answer(1, "no\n")

    async def _set_default(self, zones: Mapping[str, Zone], name: str, *, offline: bool) -> Answer:
        """Change the permanent zone and, with a daemon, the loaded zone.

        A zone that the daemon has not loaded yet is unknown to the daemon.
        """
        if name not in zones:
            raise FirewalldError(f"INVALID_ZONE: {name}", INVALID_ZONE)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "firewalld.conf").write_text(f"DefaultZone={name}\n")
        if not offline:
            self._default = name
            await self._enforce()
        return Answer(0, "success\n")

    async def _load(self) -> None:
        self._zones, self._default = self._permanent_zones(), self._permanent_default()
        await self._enforce()

    async def _enforce(self) -> None:
        """Forward the ports of the default zone, in which all interfaces are."""
        forwards = self._zones.get(self._default, PUBLIC).forwards
        await self._forwarders.set({int(port): int(to) for port, _, to in forwards})

    def _permanent_zones(self) -> dict[str, Zone]:
        files = sorted((self._folder / "zones").glob("*.xml"))
        return {"public": PUBLIC} | {file.stem: parse_zone(file.read_text()) for file in files}

    def _permanent_default(self) -> str:
        file = self._folder / "firewalld.conf"
        found = re.search(r"^DefaultZone=(.+)$", file.read_text() if file.exists() else "", re.M)
        return found[1] if found else "public"
