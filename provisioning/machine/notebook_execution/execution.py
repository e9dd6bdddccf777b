"""One cell that runs, or has run, in a kernel: where it stands and what is written into it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pycrdt import Map

from .documents import ORIGIN, Documents, cell_of
from .outputs import INPUT_TYPE, CellOutputs, shared

_ARRIVAL_SECONDS = 10.0
"""Time in which a cell that a page has just made must arrive; the request can be faster."""


@dataclass(eq=False)
class Execution:
    """A request to run a cell; `code` is the cell's text when the member asked."""

    documents: Documents
    document_id: str
    cell_id: str
    code: str
    record_timing: bool = False
    outputs: CellOutputs = field(default_factory=CellOutputs)
    timing: dict[str, str] = field(default_factory=dict)

    async def queue(self) -> None:
        """Show in every page that the cell waits. Raises `LookupError` if there is no such cell."""
        deadline = asyncio.get_running_loop().time() + _ARRIVAL_SECONDS
        while True:
            try:
                await self.documents.cell(self.document_id, self.cell_id)
                break
            except LookupError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.05)

        self.documents.hold(self.document_id)
        await self.begin()

    async def begin(self) -> None:
        """Show that the cell waits or runs, without the outputs of an earlier execution."""

        def show(cell: Map) -> None:
            self.outputs.begin(cell["outputs"])
            cell["execution_count"] = None
            cell["execution_state"] = "running"
            if "execution" in cell["metadata"]:
                del cell["metadata"]["execution"]

        await self.change(show)

    async def change(self, act: Callable[[Map], None]) -> None:
        """Change the cell in one transaction; nothing happens if it no longer exists."""
        self.documents.hold(self.document_id)
        try:
            notebook = await self.documents.notebook(self.document_id)
            with notebook.ydoc.transaction(origin=ORIGIN):
                act(cell_of(notebook, self.cell_id))
        except LookupError:
            pass  # a member has deleted the cell or its notebook
        finally:
            self.documents.release(self.document_id)

    async def take(self, messages: list[dict[str, Any]]) -> None:
        """Write outputs."""

        def write(cell: Map) -> None:
            for each in messages:
                self.outputs.take(cell["outputs"], each)

        await self.change(write)

    async def update(self, display: str, content: dict[str, Any]) -> None:
        """Show new content where this cell shows the display."""
        await self.change(lambda cell: self.outputs.update(cell["outputs"], display, content))

    async def ask(self, box: dict[str, Any]) -> None:
        """Show a box for input in every page."""
        text = f"{box['prompt']} (waits for input)"
        await self.show({INPUT_TYPE: box, "text/plain": text})

    async def show(self, data: dict[str, Any]) -> None:
        """Add an output with this data, by its types."""
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        await self.change(lambda cell: self.outputs.add(cell["outputs"], output))

    async def answered(self, text: str) -> None:
        """Show the question and its answer in place of the box."""
        output = {"output_type": "stream", "name": "stdout", "text": text}

        def show(cell: Map) -> None:
            self.outputs.remove_box(cell["outputs"])
            self.outputs.add(cell["outputs"], output)

        await self.change(show)

    async def end(self, last: dict[str, Any] | None = None, count: int | None = None) -> None:
        """Show that the cell runs no longer, with a last output and its number.

        Each execution that was queued ends once.
        """

        def show(cell: Map) -> None:
            self.outputs.remove_box(cell["outputs"])
            if last is not None:
                self.outputs.add(cell["outputs"], last)
            if count is not None:
                cell["execution_count"] = float(count)
            if self.record_timing and self.timing:
                cell["metadata"]["execution"] = shared(self.timing)
            cell["execution_state"] = "idle"

        try:
            await self.change(show)
        finally:
            self.documents.release(self.document_id)

    def note(self, moment: str) -> None:
        """Note the present time for JupyterLab's record of timings."""
        self.timing[moment] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
