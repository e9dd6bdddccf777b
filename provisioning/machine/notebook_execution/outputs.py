"""The outputs of one cell in a shared document, as the messages of its kernel make them.

JupyterLab shows an output that is added in the middle at the end, and a change within an output not
at all. So an output is replaced by taking all from it on away and adding them again.
"""

from __future__ import annotations

import json
from typing import Any

from nbformat.v4 import output_from_msg
from pycrdt import Array, Map, Text

from .terminal import has_controls, same_start, written

INPUT_TYPE = "application/vnd.notebook-bot.input+json"
"""The type of the output that shows a box for `input()`; `labextension` draws it."""
ADDS = frozenset(("stream", "display_data", "execute_result", "error"))


def shared(output: Any) -> Any:
    """Return a copy as JavaScript's documents hold it: every number a float, every text valid."""
    text = json.dumps(output, ensure_ascii=False).encode("utf-8", "replace")
    return json.loads(text, parse_int=float)


def display_of(content: dict[str, Any]) -> str:
    """Return the display's id in a message's content, or an empty text."""
    return str((content.get("transient") or {}).get("display_id") or "")


class CellOutputs:
    """Writes outputs into the `outputs` array of a cell of a shared document.

    The array is an argument of each method: the cell may have moved, or its document may have been
    loaded again, since the last call. Call all within one transaction of the document.
    """

    def __init__(self) -> None:
        self._displays: list[str] = []
        self._cursor = -1  # -1: at the end of the last stream
        self._clear_next = False

    def begin(self, outputs: Array) -> None:
        """Remove all outputs, for a new execution."""
        self._clear_next = False
        self._clear(outputs)

    def take(self, outputs: Array, message: dict[str, Any]) -> None:
        """Apply a message of the kernel that is about outputs."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            if not self._clear_next:
                self._clear(outputs)
        elif kind in ADDS:
            output = output_from_msg(message)  # type: ignore[no-untyped-call]
            self.add(outputs, output, display_of(content))

    def add(self, outputs: Array, output: dict[str, Any], display: str = "") -> None:
        """Add an output at the end; a stream goes on where the last one of its name ended."""
        if self._clear_next:
            self.begin(outputs)
        self._agree(outputs)
        if output["output_type"] == "stream":
            self._stream(outputs, output["name"], output["text"])
            return
        self._append(outputs, output, display)

    def update(self, outputs: Array, display: str, content: dict[str, Any]) -> None:
        """Show new content in each output of this display."""
        self._agree(outputs)
        places = [place for place, each in enumerate(self._displays) if each == display]
        if not places:
            return
        tail = [each.to_py() for each in outputs[places[0] :]]
        displays = self._displays[places[0] :]
        for place in places:
            new = {key: content.get(key, {}) for key in ("data", "metadata")}
            tail[place - places[0]] = {**tail[place - places[0]], **new}
        self._cut(outputs, places[0])
        for output, each in zip(tail, displays, strict=True):
            self._append(outputs, output, each)

    def shows(self, display: str) -> bool:
        """Return whether an output of this cell belongs to the display."""
        return display in self._displays

    def remove_box(self, outputs: Array) -> None:
        """Remove the box for `input()`."""
        self._agree(outputs)
        for place in reversed(range(len(outputs))):
            if INPUT_TYPE in (outputs[place].get("data") or {}):
                del outputs[place]
                del self._displays[place]
                self._cursor = -1

    def _append(self, outputs: Array, output: dict[str, Any], display: str) -> None:
        made = shared(output)
        if output["output_type"] == "stream":
            made["text"] = Text(made["text"])
        outputs.append(Map(made))
        self._displays.append(display)
        self._cursor = -1

    def _stream(self, outputs: Array, name: str, new: str) -> None:
        new = shared(new)
        last = outputs[-1] if len(outputs) else {}
        if last.get("output_type") != "stream" or last.get("name") != name:
            text, cursor = written("", 0, new)
            self._append(outputs, {"output_type": "stream", "name": name, "text": text}, "")
            self._place(text, cursor)
            return
        text = last["text"]
        if self._cursor < 0 and not has_controls(new) and isinstance(text, Text):
            text += new
            return
        before = str(text)
        cursor = len(before) - before.rfind("\n") - 1 if self._cursor < 0 else self._cursor
        after, cursor = written(before, cursor, new)
        if isinstance(text, Text):
            kept = same_start(before, after)
            start = len(before[:kept].encode())
            if start < len(before.encode()):
                del text[start:]
            text += after[kept:]
        else:
            last["text"] = Text(after)
        self._place(after, cursor)

    def _place(self, text: str, cursor: int) -> None:
        at_end = cursor == len(text) - text.rfind("\n") - 1
        self._cursor = -1 if at_end else cursor

    def _clear(self, outputs: Array) -> None:
        self._cut(outputs, 0)

    def _cut(self, outputs: Array, start: int) -> None:
        if len(outputs) > start:
            del outputs[start:]
        del self._displays[start:]
        self._cursor = -1

    def _agree(self, outputs: Array) -> None:
        """Forget the displays if a page has removed outputs."""
        if len(outputs) != len(self._displays):
            self._displays = [""] * len(outputs)
            self._cursor = -1
