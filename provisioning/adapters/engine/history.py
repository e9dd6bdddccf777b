"""DBOS's own tables, where its calls are not enough.

DBOS's calls resume a workflow whether or not its process has been seen dead, and they can't be part
of a transaction of ours. So the few statements here name the tables of the pinned version of DBOS.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TableClause,
    case,
    column,
    delete,
    func,
    inspect,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from provisioning.adapters.engine.config import APPLICATION_VERSION, QUEUE, WORKFLOW

_WORKFLOW_COLUMNS = (
    "workflow_uuid status name executor_id application_version recovery_attempts queue_name "
    "owner_xid started_at_epoch_ms updated_at"
)
_STEP_COLUMNS = (
    "workflow_uuid function_id function_name output started_at_epoch_ms completed_at_epoch_ms"
)


class WorkflowHistory:
    """The history of workflows, as rows."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._schema = None if database.dialect.name == "sqlite" else "dbos"
        self.workflows = self._table("workflow_status", _WORKFLOW_COLUMNS)
        self.steps = self._table("operation_outputs", "workflow_uuid")
        self.past_steps = self._table("operation_outputs", _STEP_COLUMNS)
        self.schedules = self._table("workflow_schedules", "schedule_name")

    def _table(self, name: str, columns: str) -> TableClause:
        return table(name, *map(column, columns.split()), schema=self._schema)

    async def prepare(self) -> None:
        """Give this version of the code what other versions have left. Before each launch.

        Older versions kept their schedules in DBOS, with a workflow for each tick. Work that waits
        in the queue for another version would wait for ever.
        """
        async with self._database.begin() as connection:
            if not await connection.run_sync(self._exists):
                return
            await connection.execute(delete(self.schedules))
            workflows = self.workflows.c
            under_way = workflows.status.in_(("ENQUEUED", "PENDING"))
            strange = workflows.name != WORKFLOW
            await connection.execute(delete(self.workflows).where(under_way, strange))
        await self.read_afresh()

    async def read_afresh(self) -> None:
        """Move the work that waits for another version of the code to this one."""
        workflows = self.workflows.c
        other = or_(
            workflows.application_version.is_(None),
            workflows.application_version != APPLICATION_VERSION,
        )
        async with self._database.begin() as connection:
            await connection.execute(
                update(self.workflows)
                .where(workflows.status == "ENQUEUED", workflows.name == WORKFLOW, other)
                .values(application_version=APPLICATION_VERSION)
            )

    def _exists(self, connection: Connection) -> bool:
        return inspect(connection).has_table("workflow_status", schema=self._schema)

    async def release(
        self, connection: AsyncConnection, executors: Sequence[str], *, crashed: bool
    ) -> int:
        """Put the running work of these processes back into the queue; return how much it was.

        Every write that they still try is refused, since the work has no owner any more. DBOS
        counts how often it began a workflow; what did not crash is not counted.
        """
        return await self._release(
            connection, self.workflows.c.executor_id.in_(executors), crashed=crashed
        )

    async def release_all(self) -> None:
        """Put all running work back into the queue: no other process uses the database."""
        async with self._database.begin() as connection:
            if await connection.run_sync(self._exists):
                await self._release(connection, crashed=True)

    async def give_back(self, executor: str) -> None:
        """Put the running work of this process back into the queue, after its end."""
        async with self._database.begin() as connection:
            await self.release(connection, [executor], crashed=False)

    async def release_one(self, workflow_id: str, executor: str, *, anew: bool = False) -> None:
        """Put one workflow of this process back into the queue, `anew` without its steps."""
        async with self._database.begin() as connection:
            mine = (
                self.workflows.c.workflow_uuid == workflow_id,
                self.workflows.c.executor_id == executor,
            )
            if await self._release(connection, *mine, crashed=False) and anew:
                await connection.execute(
                    delete(self.steps).where(self.steps.c.workflow_uuid == workflow_id)
                )

    async def _release(
        self, connection: AsyncConnection, *which: ColumnElement[bool], crashed: bool
    ) -> int:
        workflows = self.workflows.c
        attempts = func.coalesce(workflows.recovery_attempts, 0)
        uncounted = case((attempts > 0, attempts - 1), else_=0)
        released = await connection.execute(
            update(self.workflows)
            .where(workflows.status == "PENDING", workflows.name == WORKFLOW, *which)
            .values(
                status="ENQUEUED",
                owner_xid=None,
                started_at_epoch_ms=None,
                updated_at=int(time.time() * 1000),
                application_version=APPLICATION_VERSION,
                queue_name=func.coalesce(workflows.queue_name, QUEUE),
                recovery_attempts=attempts if crashed else uncounted,
            )
        )
        return released.rowcount

    async def attempts(self, workflow_id: str) -> int:
        """Return how often a process has begun this workflow and then crashed, and this time."""
        one = self.workflows.c.workflow_uuid == workflow_id
        async with self._database.connect() as connection:
            found = await connection.scalar(select(self.workflows.c.recovery_attempts).where(one))
            return found or 0

    async def pending(self, executor: str) -> dict[str, int]:
        """Return the running work of a process, by id, and when it was begun."""
        workflows = self.workflows.c
        mine = (workflows.executor_id == executor, workflows.name == WORKFLOW)
        async with self._database.connect() as connection:
            rows = await connection.execute(
                select(workflows.workflow_uuid, workflows.started_at_epoch_ms)
                .where(workflows.status == "PENDING")
                .where(*mine)
            )
            return {name: begun or 0 for name, begun in rows}

    async def steps_of(self, server_id: str, generation: int) -> Sequence[str]:
        """Return the work for one generation of a server, with its steps, as lines for people."""
        async with self._database.connect() as connection:
            if not await connection.run_sync(self._exists):
                return []
            workflows, steps = self.workflows.c, self.past_steps.c
            rows = await connection.execute(
                select(
                    workflows.workflow_uuid,
                    workflows.status,
                    steps.function_name,
                    steps.output,
                    steps.started_at_epoch_ms,
                    steps.completed_at_epoch_ms,
                )
                .join_from(
                    self.workflows, self.past_steps, isouter=True,
                    onclause=workflows.workflow_uuid == steps.workflow_uuid,
                )
                .where(workflows.workflow_uuid.like(f"{server_id}:%"))
                .order_by(workflows.updated_at, steps.function_id)
            )  # fmt: skip
            return list(_lines(rows, generation))

    async def owners(self, connection: AsyncConnection) -> set[str]:
        """Return the processes that have running work."""
        workflows = self.workflows.c
        found = await connection.scalars(
            select(workflows.executor_id)
            .where(workflows.status == "PENDING", workflows.name == WORKFLOW)
            .where(workflows.executor_id.is_not(None))
            .distinct()
        )
        return set(found)


def _lines(rows: Iterable[Sequence[Any]], generation: int) -> Iterator[str]:
    """Yield a line for each workflow of the generation, and for each of its steps."""
    seen = set()
    for workflow, status, step, output, began, ended in rows:
        if generation not in map(int, re.findall(r":(\d+)(?::|$)", workflow)):
            continue
        if workflow not in seen:
            seen.add(workflow)
            yield f"work {workflow} {status}"
        if step is not None:
            at = datetime.fromtimestamp((began or 0) / 1000, UTC)
            seconds = ((ended or 0) - (began or 0)) / 1000
            yield f"step {at:%Y-%m-%d %H:%M:%S} {step} {seconds:.1f} s {_told(output)}".rstrip()


def _told(output: str | None) -> str:
    """Return the ending, code and reason of a stored outcome."""
    try:
        outcome = json.loads(output or "{}")
    except ValueError:
        return ""
    outcome = outcome.get("value", outcome) if isinstance(outcome, dict) else {}
    words = (outcome.get(name, "") for name in ("ending", "code", "reason"))
    return " ".join(str(word) for word in words if word)
