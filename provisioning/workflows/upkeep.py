"""The steps that keep a machine up to date, and repair it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from provisioning.core.errors import UPDATE_FAILED, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import (
    HostAccess,
    RepairResult,
    UpdateEnd,
    UpdateReport,
    UpdateResult,
)
from provisioning.core.model.server import Failure, Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.core.ports.store import AuditTrail, ServerStore
from provisioning.notebooks.updates import UpdateRound
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows
from provisioning.workflows.durable.steps import DAY, Step, Workflow
from provisioning.workflows.failures.outage import Outages, is_outage

log = structlog.get_logger(__name__)

_PATIENCE = 60.0
"""Seconds for which a start waits for a machine that can't be updated just now."""
_REPAIR_PATIENCE = 900.0
_REQUEST_PATIENCE = 1800.0
_MOST_EVENTS = 10_000
_AT_ONCE = 3
"""Updates of one round at the same time, so that a round is no rush on the package index."""
NOTES = frozenset({"PackagesLost", "Repaired"})
"""Codes of notes on the card of a server that works."""


@dataclass(frozen=True)
class UpkeepWork:
    """Updates and repairs. `access` returns the access to a server's machine."""

    host: Host
    store: ServerStore
    access: Callable[[Server], Awaitable[HostAccess]]
    people: People
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

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
        async with self._turn(server):
            done = await self.host.update(
                access, platform, despite_work=False, zone=await self.people.zone(server.owner)
            )
        log.info("update", server=server.id, state=done.state, jupyterlab=done.jupyterlab)
        await self._note_version(server, done.version)
        if done.lost:
            text = N_(
                "The notebook server is new, and these packages could not be installed again: "
                "{packages}. `packages {name} add` installs other versions of them.",
                packages=", ".join(done.lost),
                name=server.name,
            )
            await self._note(server, Failure(text, "PackagesLost", Job.START))
        if done.state == "kept":
            raise _former_one_goes_on(done)

    async def repair(self, server: Server) -> None:
        """Repair the machine, and note on the card what its owner still has to do."""
        done = await self.host.repair(await self.access(server), get_platform(server.platform))
        log.info("repair", server=server.id, lost=len(done.lost), refused=bool(done.refused))
        await self._note_version(server, done.version)
        text = repair_note(server, done)
        if text:
            await self._note(server, Failure(text, "Repaired", Job.REPAIR))

    @asynccontextmanager
    async def _turn(self, server: Server) -> AsyncIterator[None]:
        if not server.update_round:
            yield
            return
        async with self._turns:
            yield

    async def _note(self, server: Server, note: Failure) -> None:
        await self.store.update(server.id, server.generation, failure=note)

    async def _note_version(self, server: Server, version: str) -> None:
        if version and version != server.machine_version:
            await self.store.update(server.id, server.generation, machine_version=version)


@dataclass(frozen=True)
class UpdateWork:
    """The update of a running server that its owner asked for, or an admin for all idle ones.

    `verify` checks the notebook. The end is the audit event from which a round is reported.
    """

    upkeep: UpkeepWork
    verify: Callable[[Server], Awaitable[None]]
    cards: CardMessages
    store: ServerStore
    trail: AuditTrail
    clock: Clock
    outages: Outages

    def workflow(self) -> Workflow:
        """Return the workflow; what is left of a server that stops meanwhile is its report."""
        return Workflow(
            Job.UPDATE,
            (
                Step("update", self.update, patience=_REQUEST_PATIENCE),
                Step("verify", self.check, patience=600),
                Step("tell", self.tell, patience=DAY),
                Step("report", self.report, patience=DAY, optional=True),
            ),
            OnFailure(self.settle, self.notify, self.outages.add_log),
        )

    async def update(self, server: Server) -> None:
        """Update a running machine; a start updates the others."""
        if server.status is Status.RUNNING:
            await self.upkeep.update(server)

    async def check(self, server: Server) -> None:
        """Verify the notebook of a machine that has the present version."""
        if self._end(server) is UpdateEnd.UPDATED:
            await self.verify(server)

    async def tell(self, server: Server) -> None:
        """Post the end to the owner; in an admin's round only if something has changed."""
        end, of = self._end(server), UpdateRound.of(server)
        if of is not None and of.ended:
            return
        if server.status.is_live and (of is None or end is UpdateEnd.UPDATED):
            await self.cards.post_update(server, end)
        failure = server.failure
        is_over = failure is not None and failure.job == Job.UPDATE and end is UpdateEnd.UPDATED
        if is_over:
            await self.cards.update_state(replace(server, failure=None))
        await self._finish(server, end, failure=None if is_over else failure)

    async def report(self, server: Server) -> None:
        """Report the round to its admin, once all its servers are done."""
        of = UpdateRound.of(server)
        if of is None:
            return
        same = [each for each in await self.store.list_servers() if _is_of(each, of)]
        if any(not _ended(each) for each in same if each.id != server.id):
            return
        await self.cards.post_update_report(of.admin, of.key, await self._report(of))
        for each in {each.id: each for each in (*same, server)}.values():
            await self.store.update(each.id, each.generation, update_round="")

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Note why the server was not updated: it runs on as before."""
        if server.status is Status.RUNNING and failed.name in ("update", "verify"):
            text = N_("It was not updated: {reason}", reason=failed.reason)
            if failed.name == "verify":
                text = N_("It did not come up after the update: {reason}", reason=failed.reason)
            failure = Failure(text, failed.code, Job.UPDATE)
            if failed.name == "verify" and is_outage(failed):
                await self.outages.settle(server, failure)
            else:
                await Rows(self.store, self.clock).settle(server, server.status, failure)
        of = UpdateRound.of(server)
        if of is None or not of.ended:
            await self._finish(server, UpdateEnd.FAILED)

    async def notify(self, server: Server, _failed: FailedStep, anew: bool) -> None:
        """Show the owner the reason, and report the round."""
        if server.status.is_live:
            await self.cards.update_state(server, as_new_message=anew)
        await self.report(server)

    def _end(self, server: Server) -> UpdateEnd:
        if server.status is not Status.RUNNING:
            return UpdateEnd.OFF
        is_new = server.machine_version == self.upkeep.host.version
        return UpdateEnd.UPDATED if is_new else UpdateEnd.WAITS

    async def _finish(self, server: Server, end: UpdateEnd, **changes: object) -> None:
        of, now = UpdateRound.of(server), self.clock.now()
        detail = server.name if of is None else f"{server.name} {of.key}"
        ended = "" if of is None else replace(of, ended=True).stored
        event = Event(now, ENGINE, Job.UPDATE, server.id, end, detail)
        await self.store.update(server.id, server.generation, event, update_round=ended, **changes)

    async def _report(self, of: UpdateRound) -> UpdateReport:
        names: dict[UpdateEnd, tuple[str, ...]] = {}
        for each in await self.trail.events(None, _MOST_EVENTS, of.began):
            name, _space, key = each.detail.partition(" ")
            if each.actor == ENGINE and each.action == Job.UPDATE and key == of.key:
                end = UpdateEnd(each.result)
                names[end] = tuple(sorted({*names.get(end, ()), name}))
        return UpdateReport(names)


def _is_of(server: Server, of: UpdateRound) -> bool:
    other = UpdateRound.of(server)
    return other is not None and other.key == of.key


def _ended(server: Server) -> bool:
    of = UpdateRound.of(server)
    return of is None or of.ended


def _former_one_goes_on(done: UpdateResult) -> PermanentError:
    return PermanentError(
        N_(
            "Its newer JupyterLab does not start there, so the former one "
            "({version}) goes on: {line}",
            version=done.jupyterlab or "?",
            line=done.log[-1] if done.log else "?",
        ),
        UPDATE_FAILED,
    )


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
