"""Work without a state of its own: due from its request until its workflow has ended.

A workflow may end without its work: a newer request supersedes it, or the history loses it. So the
work is noted before it begins, and the note is removed when the work is done or its failure was
told. What is still noted begins again: at the end of the work that superseded it, and by `recover`.
"""

import asyncio
import contextvars
import uuid
from collections.abc import Awaitable, Callable, Collection, Coroutine
from itertools import groupby

import structlog
from dbos import DBOS

from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import WITHOUT_STATE, Due, DueWork, due_on, is_obsolete, waits
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.steps import Ending, when_it_answers

FINAL_STATUSES = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})

log = structlog.get_logger(__name__)


class DueJobs:
    """The due work of the engine.

    `status` returns a workflow's status by its id, None for an unknown one; `enqueue` puts a
    workflow into the queue, once for each id; `run` runs one and returns its ending.
    """

    def __init__(
        self,
        servers: ServerStore,
        store: DueWork,
        status: Callable[[str], Awaitable[str | None]],
        enqueue: Callable[[Due, Server], Awaitable[None]],
        run: Callable[[str, str, int], Awaitable[str]],
    ) -> None:
        self._servers = servers
        self._store = store
        self._status = status
        self._enqueue = enqueue
        self._run = run

    async def begin(self, job: Job, server: Server, key: str) -> None:
        """Begin a job, noted as due before; once for each key."""
        work = due_on(job, server, key)
        if job in WITHOUT_STATE and await self._status(work.id) is None:
            await self._store.add(work)
        await self._enqueue(work, server)

    async def run(self, name: str, server_id: str, generation: int) -> str:
        """Run a workflow, and then note what is done, and begin what it has superseded."""
        job = Job(name)
        server = await when_it_answers(lambda: self._servers.get(server_id))
        if job in WITHOUT_STATE and server is not None and waits(job, server):
            return Ending.SUPERSEDED.value
        ending = await self._run(name, server_id, generation)
        if ending != Ending.SUPERSEDED:
            workflow_id = DBOS.workflow_id or ""
            await _outside(lambda: self._after(job, workflow_id, server_id))
        return ending

    async def _after(self, job: Job, workflow_id: str, server_id: str) -> None:
        try:
            if job in WITHOUT_STATE:
                await when_it_answers(lambda: self._store.done([workflow_id]))
            else:
                await when_it_answers(lambda: self.begin_again(server_id))
        except Exception:  # the work itself is done, and `recover` does the rest
            log.exception("due work not seen to", server=server_id, workflow=job)

    async def begin_again(self, server_id: str | None = None) -> None:
        """Begin the due work, of one server or of all, that no workflow is about to do."""
        for of, works in groupby(await self._store.of(server_id), lambda each: each.server_id):
            server = await self._servers.get(of)
            by_job: dict[Job, list[Due]] = {}
            for work in works:
                by_job.setdefault(work.job, []).append(work)
            for job, same in by_job.items():
                await self._begin_again(job, server, same)

    async def _begin_again(self, job: Job, server: Server | None, works: Collection[Due]) -> None:
        if server is None or is_obsolete(job, server):
            await self._store.done([work.id for work in works])
            return
        statuses = [(work, await self._status(work.id)) for work in works]
        for work, status in statuses:
            if status is None:  # a crash came between the note and the queue
                await self._enqueue(work, server)
        if waits(job, server) or any(status not in FINAL_STATUSES for _, status in statuses):
            return
        again = due_on(job, server, f"due-{uuid.uuid4().hex}")
        if await self._store.replace([work.id for work in works], again):
            log.info("due work begins again", server=server.id, workflow=job)
            await self._enqueue(again, server)


async def _outside(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Do work in a context of its own: a workflow that it begins must be no step of this one."""
    await asyncio.get_running_loop().create_task(work(), context=contextvars.Context())
