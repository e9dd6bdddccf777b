"""The steps that keep a machine up to date, and repair it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from provisioning.core.errors import UPDATE_FAILED, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import HostAccess, RepairResult
from provisioning.core.model.server import Failure, Job, Server
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.durable.steps import Step

log = structlog.get_logger(__name__)

_PATIENCE = 60.0
"""Seconds for which a start waits for a machine that can't be updated just now."""
_REPAIR_PATIENCE = 900.0
NOTES = frozenset({"PackagesLost", "Repaired"})
"""Codes of notes on the card of a server that works."""


@dataclass(frozen=True)
class UpkeepWork:
    """Updates at a start, and repairs. `access` returns the access to a server's machine."""

    host: Host
    store: ServerStore
    access: Callable[[Server], Awaitable[HostAccess]]

    def update_step(self) -> Step:
        """Return the step of a start; a failed update does not hold up the start."""
        return Step("update", self.update, patience=_PATIENCE, optional=True)

    def repair_step(self) -> Step:
        """Return the step of a repair."""
        return Step("repair", self.repair, patience=_REPAIR_PATIENCE)

    async def update(self, server: Server) -> None:
        """Bring the machine to the present version, unless members' programs run already.

        Raises `PermanentError` for the admins if the new version does not work there.
        """
        platform, access = get_platform(server.platform), await self.access(server)
        done = await self.host.update(access, platform, despite_work=False)
        log.info("update", server=server.id, state=done.state, jupyterlab=done.jupyterlab)
        if done.lost:
            text = N_(
                "The notebook server is new, and these packages could not be installed again: "
                "{packages}. `packages {name} add` installs other versions of them.",
                packages=", ".join(done.lost),
                name=server.name,
            )
            await self._note(server, Failure(text, "PackagesLost", Job.START))
        if done.state == "kept":
            raise PermanentError(
                N_(
                    "Its newer JupyterLab does not start there, so the former one "
                    "({version}) goes on: {line}",
                    version=done.jupyterlab or "?",
                    line=done.log[-1] if done.log else "?",
                ),
                UPDATE_FAILED,
            )

    async def repair(self, server: Server) -> None:
        """Repair the machine, and note on the card what its owner still has to do."""
        done = await self.host.repair(await self.access(server), get_platform(server.platform))
        log.info("repair", server=server.id, lost=len(done.lost), refused=bool(done.refused))
        text = repair_note(server, done)
        if text:
            await self._note(server, Failure(text, "Repaired", Job.REPAIR))

    async def _note(self, server: Server, note: Failure) -> None:
        await self.store.update(server.id, server.generation, failure=note)


def repair_note(server: Server, done: RepairResult) -> str:
    """Return what a repair could not mend, or ""."""
    if done.refused:
        return N_(
            "I restarted it, but its Python environment could not be made anew, so the former one "
            "is still there: {reason}",
            reason=done.refused,
        )
    lost, hiding = ", ".join(done.lost), ", ".join(done.hiding)
    if lost and hiding:
        return N_(
            "It is repaired. These packages could not be installed again: {packages}. These files "
            "have the name of a module of Python and hide it; rename them: {files}.",
            packages=lost,
            files=hiding,
        )
    if lost:
        return N_(
            "It is repaired. These packages could not be installed again: {packages}.",
            packages=lost,
        )
    if hiding:
        return N_(
            "It is repaired. These files have the name of a module of Python and hide it; rename "
            "them: {files}.",
            files=hiding,
        )
    return ""
