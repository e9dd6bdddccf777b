"""Send the notebooks of a long unused server to its owner before the cleanup deletes it.

The machine is started once more, and the notebooks are read on it. One that can't be made into a
page is sent as it is. A failure does not hold up the deletion, and the owner hears of it: the
snapshot has all notebooks until its own end.
"""

import asyncio
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from provisioning.access.machine_access import Reach
from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.host import Host
from provisioning.idle.messages import CleanupMessages, Rescued
from provisioning.idle.watch import Watches
from provisioning.workflows.durable.steps import Step

MOST_NOTEBOOKS = 50
LARGEST_FILE = 50_000_000
"""Most bytes of all notebooks, so that Slack takes the file and people open it."""
_LONGEST_SECONDS = 1800.0
_REACHABLE_SECONDS = 600.0
_STARTING_SECONDS = 900.0
_READING_SECONDS = 800.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rescue:
    """The step that sends the notebooks."""

    watches: Watches
    cloud: Cloud
    host: Host
    reach: Reach
    messages: CleanupMessages

    def steps(self) -> tuple[Step, ...]:
        """Return the steps before the snapshot."""
        step = Step("send_notebooks", self.send, patience=_LONGEST_SECONDS, optional=True)
        return (step,)

    async def send(self, server: Server) -> None:
        """Send the notebooks if the cleanup deletes the server. A person who deletes a server gets
        no archive."""
        watch = await self.watches.get(server.id)
        if watch is None or watch.ended_by != "retained" or server.status is not Status.DELETING:
            return
        try:
            found = await self._collected(server)
            if found.archive or found.left_out:
                await self.messages.post_notebooks(server, found)
        except (NotYet, PermanentError) as error:
            log.warning("notebooks not read", server=server.id, reason=error.reason)
            await self._report(server, error.reason)
        except TimeoutError:
            log.warning("notebooks not read", server=server.id, reason="it took too long")
            await self._report(server, N_("The machine did not start in time."))
        except DeliveryError as error:
            log.warning("notebooks not sent", server=server.id, reason=error.reason)

    async def _report(self, server: Server, reason: str) -> None:
        try:
            await self.messages.post_unread(server, reason)
        except DeliveryError as error:
            log.warning("notebooks not sent", server=server.id, reason=error.reason)

    async def _collected(self, server: Server) -> Rescued:
        """Read the notebooks until all are read, or the time or the connection ends."""
        access = self.reach.access(server)
        async with asyncio.timeout(_STARTING_SECONDS):
            await self.cloud.machines.start(server.id)
            await self.host.wait_until_reachable(access, _REACHABLE_SECONDS)
            paths = (await self.host.notebooks(access))[:MOST_NOTEBOOKS]
        archive = NotebookArchive()
        try:
            async with asyncio.timeout(_READING_SECONDS):
                for path in paths:
                    await self._add(server, access, path, archive)
        except (NotYet, TimeoutError) as error:
            log.warning("notebooks not read", server=server.id, reason=str(error) or "too late")
        return archive.closed(paths)

    async def _add(
        self, server: Server, access: HostAccess, path: str, archive: "NotebookArchive"
    ) -> None:
        """Add the notebook's page; if there can be none, or it is too large, add its file."""
        try:
            page = await self.host.export(access, path)
            if page.unknown is None and await asyncio.to_thread(archive.add_page, path, page.html):
                return
        except PermanentError as error:
            log.info("notebook without a page", server=server.id, reason=error.reason)
        try:
            file = await self.host.notebook_file(access, path)
        except PermanentError as error:
            log.warning("notebook not read", server=server.id, reason=error.reason)
            return
        if file is not None:
            await asyncio.to_thread(archive.add_file, path, file.content)


class NotebookArchive:
    """A ZIP file that grows by a notebook at a time, up to a size, so that no page is kept."""

    def __init__(self, largest: int = LARGEST_FILE) -> None:
        self._file = io.BytesIO()
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        self._left = largest
        self._pages: list[str] = []
        self._as_they_are: list[str] = []

    def add_page(self, path: str, page: str) -> bool:
        """Add a notebook's page, and return False if there is no room for it."""
        stem = path.rpartition(".")[0] or path
        return self._add(path, f"{stem}.html", page.encode(errors="replace"), self._pages)

    def add_file(self, path: str, content: bytes) -> bool:
        """Add a notebook as it is, and return False if there is no room for it."""
        return self._add(path, path, content, self._as_they_are)

    def _add(self, path: str, name: str, content: bytes, added: list[str]) -> bool:
        if len(content) > self._left:
            return False
        self._left -= len(content)
        self._zip.writestr(_inside(name), content)
        added.append(path)
        return True

    def closed(self, paths: Sequence[str]) -> Rescued:
        """Return the archive, with the paths of those notebooks that are not in it."""
        self._zip.close()
        there = {*self._pages, *self._as_they_are}
        return Rescued(
            self._file.getvalue() if there else b"",
            len(self._pages),
            tuple(self._as_they_are),
            tuple(each for each in paths if each not in there),
        )


def _inside(name: str) -> str:
    """Return a name that stays in the folder where the archive is unpacked, and can be stored."""
    parts = [each for each in name.replace("\\", "/").split("/") if each not in ("", ".", "..")]
    return "/".join(parts).encode(errors="replace").decode() or "notebook"
