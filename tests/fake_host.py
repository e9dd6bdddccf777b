"""A stateful fake of the machines."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from provisioning.core.errors import PermanentError
from provisioning.core.model.activity import Activity
from provisioning.core.model.machine import (
    DiskUse,
    ExportedNotebook,
    HomeFiles,
    HostAccess,
    LastOutput,
    MachineEvent,
    MachineLogs,
    NotebookFile,
    PlantedPassword,
    RepairResult,
    SetUpResult,
    UpdateResult,
)
from provisioning.core.model.people import Member
from provisioning.core.ports.host import Host
from provisioning.platforms.catalogue import Platform

FINGERPRINT = "AB:CD"


def _open() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class FakeHost(Host):
    """A host that remembers its password hashes, access list, packages and certificates.

    `people` is None before the first access list, and empty while the host is held. `seen` holds
    the probe result of each address. Members in `strangers` have no password on the host, so they
    get no link.
    """

    failures: dict[str, list[Exception]] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)
    rotations: list[HostAccess] = field(default_factory=list)
    trusted: list[HostAccess] = field(default_factory=list)
    verified: int = 0
    grown: int = 0
    disk_gb: int = 32
    shown: str = FINGERPRINT
    result: SetUpResult = field(default_factory=lambda: SetUpResult(FINGERPRINT, 1.0))
    placed: list[tuple[str, str]] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    specifications: list[dict[str, object]] = field(default_factory=list)
    seen: dict[str, Activity] = field(default_factory=dict)
    planted: list[str] = field(default_factory=list)
    people: list[str] | None = None
    output: LastOutput | None = None
    keys: list[str] = field(default_factory=list)
    links: list[tuple[str, str, datetime]] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    cloned: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    exporting: bool = False
    export_gate: asyncio.Event = field(default_factory=_open)
    version: str = "0123456789abcdef"
    updated: UpdateResult = field(
        default_factory=lambda: UpdateResult("current", "4.6.6", version="0123456789abcdef")
    )
    repaired: RepairResult = field(default_factory=RepairResult)
    repairs: int = 0
    home: HomeFiles | None = field(default_factory=lambda: HomeFiles(b"PK", 1))
    asked_files: list[str] = field(default_factory=list)
    written: MachineLogs = field(default_factory=lambda: MachineLogs((), ()))

    def _maybe_fail(self, method: str) -> None:
        if self.failures.get(method):
            raise self.failures[method].pop(0)

    async def prepare(self, platform: Platform) -> None:
        self._maybe_fail("prepare")

    async def wait_until_reachable(self, access: HostAccess, timeout: float) -> None:
        self._maybe_fail("wait_until_reachable")

    async def update(
        self, access: HostAccess, platform: Platform, *, despite_work: bool, zone: str = ""
    ) -> UpdateResult:
        self._maybe_fail("update")
        return self.updated

    async def repair(self, access: HostAccess, platform: Platform) -> RepairResult:
        self._maybe_fail("repair")
        self.repairs += 1
        return self.repaired

    async def rotate_host_key(
        self, access: HostAccess, platform: Platform, private_key: str
    ) -> None:
        self.rotations.append(access)
        self._maybe_fail("rotate_host_key")

    async def set_up(
        self,
        access: HostAccess,
        platform: Platform,
        specification: dict[str, object],
        on_event: Callable[[MachineEvent], None],
    ) -> SetUpResult:
        self._maybe_fail("set_up")
        self.trusted.append(access)
        self.specifications.append(specification)
        on_event(MachineEvent("packages", "start"))
        on_event(MachineEvent("packages", "done", 1.0))
        return self.result

    async def grow_disk(self, access: HostAccess) -> DiskUse:
        self._maybe_fail("grow_disk")
        self.grown += 1
        return DiskUse(self.disk_gb * 1024**3, 1024**3, (self.disk_gb - 1) * 1024**3)

    async def verify(self, access: HostAccess) -> str:
        self._maybe_fail("verify")
        self.verified += 1
        return self.shown

    async def place_certificate(self, access: HostAccess, certificate: str, key: str) -> str:
        self._maybe_fail("place_certificate")
        self.placed.append((access.address, certificate))
        self.shown = self.fingerprints.get(certificate, FINGERPRINT)
        return self.shown

    async def plant_password(
        self, access: HostAccess, member: Member, password: PlantedPassword, expires_at: datetime
    ) -> None:
        self._maybe_fail("plant_password")
        self.trusted.append(access)
        self.hashes.append(password.hash)
        self.planted.append(member.id)

    async def give_link(
        self, access: HostAccess, member: Member, token_sha256: str, use_until: datetime
    ) -> bool:
        self._maybe_fail("give_link")
        if member.id in self.strangers:
            return False
        self.links.append((member.id, token_sha256, use_until))
        return True

    async def admit(
        self, access: HostAccess, platform: Platform, people: Sequence[str], keys: Sequence[str]
    ) -> None:
        self._maybe_fail("admit")
        self.people, self.keys = list(people), list(keys)

    async def logs(self, access: HostAccess, platform: Platform, lines: int) -> MachineLogs:
        self._maybe_fail("logs")
        return self.written

    async def set_packages(self, access: HostAccess, requirements: Sequence[str]) -> None:
        self._maybe_fail("set_packages")
        self.packages = list(requirements)

    async def clone_repository(
        self, access: HostAccess, platform: Platform, url: str, authorities: str
    ) -> None:
        self._maybe_fail("clone_repository")
        self.cloned.append(url)

    async def notebooks(self, access: HostAccess) -> Sequence[str]:
        self._maybe_fail("notebooks")
        return list(self.documents)

    async def export(self, access: HostAccess, notebook: str) -> ExportedNotebook:
        self._maybe_fail("export")
        self.exporting = True
        await self.export_gate.wait()
        self.exporting = False
        if notebook not in self.documents:
            return ExportedNotebook(unknown=tuple(self.documents))
        if notebook in self.unreadable:
            raise PermanentError("The notebook's file is empty.", "UnreadableNotebook")
        return ExportedNotebook(notebook, self.documents[notebook])

    async def notebook_file(self, access: HostAccess, notebook: str) -> NotebookFile | None:
        self._maybe_fail("notebook_file")
        found = self.documents.get(notebook)
        return None if found is None else NotebookFile(notebook, found.encode())

    async def files(self, access: HostAccess, path: str) -> HomeFiles | None:
        self._maybe_fail("files")
        self.asked_files.append(path)
        return self.home

    async def hold(self, access: HostAccess, platform: Platform) -> None:
        self._maybe_fail("hold")
        self.people, self.keys = [], []

    async def activity(self, access: HostAccess, timeout: float = 10.0) -> Activity:
        return self.seen.get(access.address, Activity())

    async def last_output(self, access: HostAccess) -> LastOutput | None:
        self._maybe_fail("last_output")
        return self.output

    async def check_https(
        self, address: str, port: int, hostname: str, certificate_sha256: str
    ) -> None:
        self._maybe_fail("check_https")
        assert certificate_sha256 == self.shown
