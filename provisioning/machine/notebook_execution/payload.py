"""What a kernel's reply asks the notebook to do: show help (`len?`), or fill a cell (`%load`).

Jupyter calls it payload (jupyter-client.readthedocs.io, messaging).
"""

from __future__ import annotations

from typing import Any

from .documents import ORIGIN, cell_of
from .execution import Execution


async def obey(content: dict[str, Any], execution: Execution) -> None:
    """Do what the content of an `execute_reply` asks for."""
    for each in content.get("payload") or ():
        source = each.get("source")
        if source == "page":
            await execution.show(each["data"])
        elif source == "set_next_input":
            await _fill(execution, str(each["text"]), bool(each.get("replace")))


async def _fill(execution: Execution, text: str, in_place: bool) -> None:
    try:
        notebook = await execution.documents.notebook(execution.document_id)
        cell = cell_of(notebook, execution.cell_id)
    except LookupError:
        return
    with notebook.ydoc.transaction(origin=ORIGIN):
        if in_place:
            cell["source"].clear()
            cell["source"] += text
            return
        place = [each.get("id") for each in notebook.ycells].index(execution.cell_id)
        new = {"cell_type": "code", "source": text, "metadata": {}, "outputs": []}
        notebook.ycells.insert(place + 1, notebook.create_ycell({**new, "execution_count": None}))
