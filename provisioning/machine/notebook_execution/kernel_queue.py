"""The cells that wait for one kernel, run one after another, and what the kernel says to them."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from traitlets.log import get_logger

from .connection import Connection, Messages
from .execution import Execution
from .kernels import Ending
from .memory import kills
from .outputs import display_of
from .payload import obey
from .widgets import OutputWidgets
from .words import ended, failed, not_run

_OUTPUTS = frozenset(("stream", "display_data", "execute_result", "error", "clear_output"))
_DISPLAYS = frozenset(("display_data", "update_display_data", "execute_result"))


@dataclass
class _Running:
    execution: Execution
    message_id: str
    kills: int | None
    reply: asyncio.Future[dict[str, Any]] = field(default_factory=asyncio.Future)
    idle: asyncio.Future[None] = field(default_factory=asyncio.Future)


@dataclass
class _Question:
    id: str
    prompt: str
    is_secret: bool
    execution: Execution


class KernelQueue:
    """Runs the cells of one kernel, which `manager` starts and stops."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager
        self._waiting: deque[Execution] = deque()
        self._current: _Running | None = None
        self._worker: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._widgets: OutputWidgets | None = None
        self._question: _Question | None = None
        # The latest execution of each cell; a thread may print after its cell has ended.
        self._executions: dict[str, Execution] = {}
        self._endings: set[asyncio.Task[None]] = set()

    def put(self, executions: list[Execution]) -> None:
        """Run cells after those that wait already; without any, only greet the kernel."""
        self._waiting.extend(executions)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    def answer(self, question_id: str, value: str) -> bool:
        """Answer the kernel's question; return whether the kernel still waits for this answer."""
        question = self._question
        if question is None or question.id != question_id or self._connection is None:
            return False
        self._question = None
        self._connection.client.input(value)
        shown = "·" * 8 if question.is_secret else value
        self._later(question.execution.answered(f"{question.prompt}{shown}\n"))
        return True

    def end(self, ending: Ending, status: int | None) -> None:
        """End all cells, because the kernel's process ends."""
        if self._worker is not None:
            self._worker.cancel()
        if self._connection is not None:
            self._connection.close()
        current, waiting = self._current, list(self._waiting)
        self._worker = self._connection = self._current = self._question = None
        self._executions.clear()
        self._waiting.clear()
        if current is not None:
            before, now = current.kills, kills()
            starved = before is not None and now is not None and now > before
            self._later(current.execution.end(ended(ending, status, starved)))
        for each in waiting:
            self._later(each.end(not_run() if ending is Ending.DIED else None))

    async def _work(self) -> None:
        connection = await self._connect()
        while self._waiting:
            execution = self._waiting.popleft()
            try:
                goes_on = await self._run(connection, execution)
            except Exception:
                get_logger().exception("A cell could not be run")
                await execution.end(failed())
                goes_on = False
            if not goes_on:
                dropped = list(self._waiting)
                self._waiting.clear()
                for each in dropped:
                    await each.end()

    async def _connect(self) -> Connection:
        while not await self._is_up():  # noqa: ASYNC110 - a process has no event for its start
            await asyncio.sleep(0.1)
        if self._connection is None:
            self._connection = Connection(
                self._manager, self._published, self._replied, self._asked
            )
            self._widgets = OutputWidgets(self._connection.client)
        await self._connection.ready()
        return self._connection

    async def _is_up(self) -> bool:
        """Return whether the process takes cells; one about to be killed would never answer."""
        is_restarting = getattr(self._manager, "is_restarting", False)
        return not is_restarting and bool(await self._manager.is_alive())

    async def _run(self, connection: Connection, execution: Execution) -> bool:
        """Run a cell to its end; return whether the cells after it are to run."""
        await execution.begin()  # an earlier execution of the same cell has ended meanwhile
        message_id = connection.client.execute(execution.code, allow_stdin=True)
        current = self._current = _Running(execution, message_id, kills())
        self._executions = {
            key: each for key, each in self._executions.items() if not _same(each, execution)
        }
        self._executions[message_id] = execution
        execution.note("shell.execute_reply.started")
        reply = await current.reply
        # A kernel of an old protocol may never say that it is idle.
        await asyncio.wait([current.idle], timeout=5)
        execution.note("shell.execute_reply")
        content = reply["content"]
        await obey(content, execution)
        await execution.end(count=content.get("execution_count"))
        self._current = self._question = None
        return bool(content.get("status") == "ok")

    async def _published(self, messages: Messages) -> None:
        """Apply what the kernel has published: outputs of one cell at once, all in their order.

        Of several updates of one display only the last is shown.
        """
        batch: Messages = []
        writer: Execution | None = None
        updates: dict[str, dict[str, Any]] = {}
        for message in messages:
            kind = message["header"]["msg_type"]
            parent = message["parent_header"].get("msg_id", "")
            execution = self._executions.get(parent) if kind in _OUTPUTS else None
            if writer is not None and execution not in (writer, None):
                await writer.take(batch)
                batch, writer = [], None
            self._follow(message, updates)
            if kind == "status":
                if writer is not None:
                    await writer.take(batch)
                batch, writer = [], None
                self._note_state(parent, message["content"]["execution_state"])
            elif execution is not None and not (self._widgets and self._widgets.take(message)):
                batch.append(message)
                writer = execution
        if writer is not None:
            await writer.take(batch)
        for display, content in updates.items():
            for each in list(self._executions.values()):
                if each.outputs.shows(display):
                    await each.update(display, content)

    def _follow(self, message: dict[str, Any], updates: dict[str, dict[str, Any]]) -> None:
        """Follow widgets, and note the new content of displays that cells show or will show."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind.startswith("comm_") and self._widgets is not None:
            self._widgets.follow(message)
        display = display_of(content) if kind in _DISPLAYS else ""
        if not display:
            return
        is_shown = any(each.outputs.shows(display) for each in self._executions.values())
        if kind == "update_display_data" or is_shown or display in updates:
            updates[display] = content

    def _note_state(self, parent: str, state: str) -> None:
        current = self._current
        if current is None or current.message_id != parent:
            return
        current.execution.note(f"iopub.status.{state}")
        if state == "idle" and not current.idle.done():
            current.idle.set_result(None)

    def _replied(self, message: dict[str, Any]) -> None:
        current = self._current
        if (
            current is not None
            and message["parent_header"].get("msg_id") == current.message_id
            and message["header"]["msg_type"] == "execute_reply"
            and not current.reply.done()
        ):
            current.reply.set_result(message)

    async def _asked(self, message: dict[str, Any]) -> None:
        execution = self._executions.get(message["parent_header"].get("msg_id", ""))
        if execution is None or message["header"]["msg_type"] != "input_request":
            return
        content = message["content"]
        prompt, is_secret = str(content.get("prompt", "")), bool(content.get("password"))
        self._question = _Question(uuid.uuid4().hex, prompt, is_secret, execution)
        box = {
            "kernel": self._manager.kernel_id,
            "question": self._question.id,
            "prompt": prompt,
            "secret": is_secret,
        }
        await execution.ask(box)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)


def _same(left: Execution, right: Execution) -> bool:
    return (left.document_id, left.cell_id) == (right.document_id, right.cell_id)
