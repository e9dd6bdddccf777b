"""Output widgets, such as those of `interact`: they take the outputs of a running cell.

A page does that for what the page itself has asked for. For a cell that the server runs, the server
does it: it sends the outputs to the widget in the kernel, which shows them in every page.
"""

from __future__ import annotations

from typing import Any

from nbformat.v4 import output_from_msg

from .outputs import ADDS

_TARGET = "jupyter.widget"


class OutputWidgets:
    """The output widgets of one kernel; `client` is the connection to the kernel."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._shown: dict[str, list[Any]] = {}
        self._taking: dict[str, list[str]] = {}
        self._clear_next: set[str] = set()

    def follow(self, message: dict[str, Any]) -> None:
        """Note a widget that begins or ceases to take the outputs of a request."""
        kind, content = message["header"]["msg_type"], message["content"]
        state = (content.get("data") or {}).get("state") or {}
        comm = content.get("comm_id", "")
        if kind == "comm_open":
            if content.get("target_name") == _TARGET and state.get("_model_name") == "OutputModel":
                self._shown[comm] = list(state.get("outputs") or ())
        elif kind == "comm_close":
            self._shown.pop(comm, None)
        if comm not in self._shown or kind == "comm_close":
            return
        if "outputs" in state:
            self._shown[comm] = list(state["outputs"])
        if "msg_id" in state:
            for takers in self._taking.values():
                if comm in takers:
                    takers.remove(comm)
            if state["msg_id"]:
                self._taking.setdefault(state["msg_id"], []).append(comm)

    def take(self, message: dict[str, Any]) -> bool:
        """Give an output to the widget that takes it; return whether there is one."""
        takers = self._taking.get(message["parent_header"].get("msg_id", ""))
        if not takers:
            return False
        comm, kind = takers[-1], message["header"]["msg_type"]
        shown = self._shown[comm]
        if kind == "clear_output":
            if message["content"].get("wait"):
                self._clear_next.add(comm)
                return True
            shown.clear()
        elif kind in ADDS:
            if comm in self._clear_next:
                self._clear_next.discard(comm)
                shown.clear()
            _add(shown, output_from_msg(message))  # type: ignore[no-untyped-call]
        else:
            return False
        self._send(comm, shown)
        return True

    def _send(self, comm: str, shown: list[Any]) -> None:
        data = {"method": "update", "state": {"outputs": shown}, "buffer_paths": []}
        content = {"comm_id": comm, "data": data}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", content))


def _add(shown: list[Any], output: Any) -> None:
    last = shown[-1] if shown else {}
    if output["output_type"] == "stream" and last.get("name") == output["name"]:
        shown[-1] = {**last, "text": last["text"] + output["text"]}
    else:
        shown.append(output)
