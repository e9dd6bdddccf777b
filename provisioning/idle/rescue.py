"""Send the notebooks of a long unused server to its owner before the cleanup deletes it.

The machine is started once more, and the notebooks are read on it. A failure is logged and does not
hold up the deletion: the snapshot has all notebooks until its own end.
"""

import asyncio
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import structlog

from provisioning.access.machine_access import Reach
from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.model.machine import ExportedNotebook
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.host import Host
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watches
from provisioning.workflows.durable.steps import Step

MOST_NOTEBOOKS = 50
LARGEST_FILE = 50_000_000
"""Most bytes of HTML in all, so that Slack takes the file and people open it."""
_LONGEST_SECONDS = 1800.0
_REACHABLE_SECONDS = 600.0

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
            async with asyncio.timeout(_LONGEST_SECONDS):
                pages = await self._pages(server)
                if pages:
                    await self.messages.post_notebooks(server, zipped(pages), len(pages))
        except (NotYet, PermanentError, DeliveryError) as error:
            log.warning("notebooks not sent", server=server.id, reason=error.reason)
        except TimeoutError:
            log.warning("notebooks not sent", server=server.id, reason="it took too long")

    async def _pages(self, server: Server) -> list[ExportedNotebook]:
        await self.cloud.machines.start(server.id)
        access = self.reach.access(server)
        await self.host.wait_until_reachable(access, _REACHABLE_SECONDS)
        pages: list[ExportedNotebook] = []
        left = LARGEST_FILE
        for path in (await self.host.notebooks(access))[:MOST_NOTEBOOKS]:
            try:
                page = await self.host.export(access, path)
            except PermanentError as error:
                log.warning("notebook not sent", server=server.id, reason=error.reason)
                continue
            left -= len(page.html.encode())
            if page.unknown is None and left >= 0:
                pages.append(page)
        return pages


def zipped(pages: Sequence[ExportedNotebook]) -> bytes:
    """Return a ZIP file of the pages, in the notebooks' folders."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for page in pages:
            name = PurePosixPath(page.path.lstrip("/")).with_suffix(".html")
            file.writestr(str(name), page.html)
    return archive.getvalue()
