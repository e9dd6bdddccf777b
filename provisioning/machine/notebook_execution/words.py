"""What a cell says when its kernel has ended before the cell has."""

from __future__ import annotations

import signal
from typing import Any

from .kernels import Ending

_KILLED = -9
"""Exit status of a process that got SIGKILL (signal(7)); Windows has no negative status."""
_AGAIN = "Its variables are lost. Run the cells again that this one needs."
_LESS = (
    "Use less data at a time, shut down kernels that are no longer needed, or give the server a "
    "larger size."
)


def ended(ending: Ending, status: int | None, out_of_memory: bool) -> dict[str, Any]:
    """Return the output of the cell that ran; `status` is the exit status of the kernel's process.

    A negative status is the signal that killed the process (subprocess).
    """
    if ending is Ending.RESTARTED:
        return _error("KernelRestarted", "The kernel was restarted while this cell ran.")
    if ending is Ending.SHUT_DOWN:
        return _error("KernelShutDown", "The kernel was shut down while this cell ran.")
    if out_of_memory:
        return _error(
            "OutOfMemory",
            "The machine ran out of memory, so the system killed the kernel while this cell ran. "
            f"{_AGAIN} {_LESS}",
        )
    text = f"The kernel died while this cell ran{_reason(status)}. {_AGAIN}{_guess(status)}"
    return _error("KernelDied", text)


def failed() -> dict[str, Any]:
    """Return the output of a cell that the server could not run."""
    text = "The server could not run this cell. Restart the kernel and run the cell again."
    return _error("ServerError", text)


def not_run() -> dict[str, Any]:
    """Return the output of a cell that waited when its kernel died."""
    text = "This cell has not run: the kernel died before its turn.\n"
    return {"output_type": "stream", "name": "stderr", "text": text}


def _reason(status: int | None) -> str:
    if status is None:
        return ""
    if status >= 0:
        return f" (exit status {status})"
    try:
        return f" (signal {-status}, {signal.Signals(-status).name})"
    except ValueError:
        return f" (signal {-status})"


def _guess(status: int | None) -> str:
    return f" The usual cause is a lack of memory. {_LESS}" if status == _KILLED else ""


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}
