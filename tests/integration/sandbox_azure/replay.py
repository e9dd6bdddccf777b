"""Replays recorded sessions with Azure Resource Manager against local Azure, pair by pair.

A session is `{"file", "entries": [{"m", "p", "q", "s", "h", "b", "r"}]}`: method, path, query,
status, headers in lower case, response, request. Subscription, group, region, size and image are
mapped to those of local Azure, and a poll asks the operation that local Azure named in its place.
What the bot never asks for (availability sets, load balancers, own images ...) is left out, with
everything that refers to it.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp

REGION = "westeurope"
SIZES = ("Standard_B2s", "Standard_D2s_v5", "Standard_D4s_v5", "Standard_E4s_v5", "Standard_B2ms")
LINUX = ("Canonical", "ubuntu-24_04-lts", "server")
WINDOWS = ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-azure-edition")

PRODUCT = re.compile(
    r"/subscriptions/[^/]+(?:/resourcegroups/[^/]+(?:/providers/(?:"
    r"microsoft\.compute/(?:virtualmachines|disks|snapshots)"
    r"|microsoft\.network/(?:virtualnetworks|networkinterfaces|publicipaddresses"
    r"|networksecuritygroups))(?:/[^/]+(?:/(?:start|deallocate|poweroff|restart|runcommand))?)?)?"
    r"|/providers/microsoft\.(?:compute|network)/locations/[^/]+/"
    r"(?:(?:disk)?operations|operationresults)/[^/]+"
    r"|/resourcegroups|/operationresults/[^/]+)/?",
    re.IGNORECASE,
)
"""The paths of the product's own types."""
BEYOND = re.compile(
    r'availabilitySet|loadBalancer|"dataDisks": \[\{|"vhd"|userAssigned|"zones": \["|proximity|'
    r"applicationGateway|applicationSecurityGroups|Compute/images|galleries|ddosProtectionPlan|"
    r"IPv6|publicIPPrefix|storageUri|routeTable|diskEncryption|natGateway|networkPeerings",
    re.IGNORECASE,
)
"""Words of a request for something that the bot never makes."""
_HEADERS = ("azure-asyncoperation", "location")
_ENDED = ("Succeeded", "Failed", "Canceled")


@dataclass
class Pair:
    """One recorded answer and local Azure's; `differences` is empty if they agree."""

    session: str
    request: str
    differences: list[str] = field(default_factory=list)


@dataclass
class Replay:
    """One session; `number` keeps its resource groups apart from those of other sessions."""

    url: str
    subscription: str
    http: aiohttp.ClientSession
    number: int
    file: str
    pairs: list[Pair] = field(default_factory=list)
    _sizes: dict[str, str] = field(default_factory=dict)
    _polls: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _made: set[str] = field(default_factory=set)
    _left_out: set[str] = field(default_factory=set)

    async def run(self, entries: list[dict[str, Any]]) -> list[Pair]:
        """Send all requests in their order, and return the pairs that can be compared."""
        for entry in entries:
            if PRODUCT.fullmatch(entry["p"]) and not self._is_beyond(entry):
                await self._one(entry)
        await self._settle()
        return self.pairs

    def _is_beyond(self, entry: dict[str, Any]) -> bool:
        body, path = json.dumps(entry.get("r")), entry["p"].lower().rstrip("/")
        refers = any(each in body.lower() or path.startswith(each) for each in self._left_out)
        if entry["m"] == "PUT" and (BEYOND.search(body) or refers):
            self._left_out.add(path)
            return True
        return refers

    async def _one(self, entry: dict[str, Any]) -> None:
        key = self._key(entry["p"], entry["q"])
        if re.search(r"/(disk)?operations/|/operationresults/", key):
            if key in self._polls:
                await self._poll(entry, self._polls[key])
            return
        await self._settle()
        path = entry["p"].lower().rstrip("/")
        known = any(path.startswith(each) or each.startswith(f"{path}/") for each in self._made)
        if entry["m"] == "PUT":
            self._made.add(path)
        elif not known or (entry["m"] == "DELETE" and entry["s"] == 202 and path not in self._made):
            return  # what was there before the recording began
        status, headers, body = await self._send(
            entry["m"], self._text(entry["p"]), entry["q"], self._body(entry.get("r"))
        )
        for name in _HEADERS:
            if name in entry["h"] and name in headers:
                where = urlsplit(entry["h"][name])
                self._polls[self._key(where.path, where.query)] = headers[name]
        self._open += [headers[name] for name in _HEADERS if name in headers][:1]
        self._compare(entry, status, headers, body)
        if entry["m"] == "DELETE":
            self._made = {each for each in self._made if not each.startswith(path)}

    async def _poll(self, entry: dict[str, Any], url: str) -> None:
        recorded = entry["b"].get("status") if isinstance(entry["b"], dict) else None
        ends = entry["s"] != 202 and recorded != "InProgress"
        answer = await (self._until_ended(url) if ends else self._get(url))
        here = answer[2].get("status") if isinstance(answer[2], dict) else None
        if not ends and (answer[0] != 202 and here != "InProgress"):
            return  # local Azure was faster
        self._compare(entry, *answer)

    def _compare(
        self, entry: dict[str, Any], status: int, headers: Mapping[str, str], body: Any
    ) -> None:
        pair = Pair(self.file, f"{entry['m']} {entry['p']}")
        if status != entry["s"]:
            pair.differences.append(f"status {entry['s']} recorded, {status} here")
        pair.differences += [
            f"header {name}" for name in _HEADERS if (name in entry["h"]) != (name in headers)
        ]
        if not pair.differences:
            pair.differences += list(_shape(entry["b"], body, ""))
        self.pairs.append(pair)

    async def _settle(self) -> None:
        for url in self._open:
            await self._until_ended(url)
        self._open.clear()

    async def _until_ended(self, url: str) -> tuple[int, Mapping[str, str], Any]:
        async with asyncio.timeout(60):
            while True:
                status, headers, body = await self._get(url)
                running = isinstance(body, dict) and body.get("status") == "InProgress"
                if status != 202 and not running:
                    return status, headers, body
                await asyncio.sleep(0.02)

    async def _get(self, url: str) -> tuple[int, Mapping[str, str], Any]:
        where = urlsplit(url)
        return await self._send("GET", where.path, where.query, None)

    async def _send(
        self, method: str, path: str, query: str, body: Any
    ) -> tuple[int, Mapping[str, str], Any]:
        asked = {name: self._text(value) for name, value in parse_qsl(query)}
        asked.setdefault("api-version", "2024-07-01")
        options = {"params": asked, "json": body}
        async with self.http.request(method, f"{self.url}{path}", **options) as answer:
            raw = await answer.read()
            found = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, found, json.loads(raw) if raw else None

    def _key(self, path: str, query: str) -> str:
        """Return what tells a poll from others: kind, id, and whether it asks for the result."""
        kind, _, last = path.lower().rstrip("/").rpartition("/")
        return f"/{kind.rsplit('/', 1)[-1]}/{last} {'monitor=true' in query.lower()}"

    def _text(self, text: str) -> str:
        text = re.sub(r"https?://[^/]+", self.url, text)
        text = re.sub(r"(/subscriptions/)[^/?]+", rf"\g<1>{self.subscription}", text)
        text = re.sub(
            r"(/resourcegroups/)([^/?]+)",
            lambda found: f"{found[1]}r{self.number}-{found[2].lower()[:60]}",
            text,
            flags=re.IGNORECASE,
        )
        return re.sub(r"(/locations/)[^/?]+", rf"\g<1>{REGION}", text)

    def _body(self, value: Any, key: str = "") -> Any:
        """Return a request's body with the names of local Azure's world."""
        if isinstance(value, list):
            return [self._body(each) for each in value]
        if isinstance(value, dict):
            known = _image(value)
            return known or {name: self._body(each, name) for name, each in value.items()}
        return self._word(value, key) if isinstance(value, str) else value

    def _word(self, text: str, key: str) -> str:
        if key == "location":
            return REGION
        if key == "vmSize":
            return self._sizes.setdefault(text, SIZES[len(self._sizes) % len(SIZES)])
        if key == "domainNameLabel":
            return f"{text[:40]}r{self.number}".lower()
        return self._text(text) if text.startswith(("/subscriptions/", "http")) else text


def _image(value: dict[str, Any]) -> dict[str, Any] | None:
    """Return an image of local Azure's of the same system, if the value names an image."""
    if not {"publisher", "offer", "sku"} <= set(value):
        return None
    names = WINDOWS if "windows" in str(value["publisher"]).lower() else LINUX
    return {**dict(zip(("publisher", "offer", "sku"), names, strict=True)), "version": "latest"}


def _shape(recorded: Any, here: Any, path: str) -> list[str]:
    """Return where a field that both bodies have is of two JSON types."""
    if recorded is None or here is None:
        return []
    if _json_type(recorded) != _json_type(here):
        return [f"{path}: {_json_type(recorded)} recorded, {_json_type(here)} here"]
    if isinstance(recorded, dict):
        both = recorded.keys() & here.keys()
        return [d for name in both for d in _shape(recorded[name], here[name], f"{path}.{name}")]
    if isinstance(recorded, list) and recorded and here:
        return _shape(recorded[0], here[0], f"{path}[]")
    return []


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__
