"""Jupyter's kernel manager, which also tells since when a kernel is busy and how it ended.

Jupyter itself reports only the time of a kernel's last message. A cell that prints has just sent
one, and a silent cell only at its start, so that time does not tell how long a cell has run.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class Ending(Enum):
    """How a kernel's process came to its end."""

    DIED = "died"
    """By itself, or killed by the system. Jupyter starts the kernel again."""
    RESTARTED = "restarted"
    """A member restarts it."""
    SHUT_DOWN = "shut down"
    """A member shuts it down or changes the notebook's kernel, or the server stops."""


class WatchedKernels(AsyncMappingKernelManager):
    """Adds `busy_since` (ISO 8601, None while idle) to each kernel in the REST interface.

    Calls each of `listeners` with a kernel's id, its `Ending`, and the exit status of its process
    (None unless the kernel died by itself) at the moment when the process is found to have ended,
    or just before it is ended.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.listeners: list[Callable[[str, Ending, int | None], None]] = []

    def start_watching_activity(self, kernel_id: str) -> None:
        """Watch a kernel as Jupyter does, and note each change between idle and busy."""
        super().start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        kernel: Any = self._kernels[kernel_id]
        kernel.busy_since = None

        def note(change: dict[str, Any]) -> None:
            kernel.busy_since = datetime.now(UTC) if change["new"] == "busy" else None

        kernel.observe(note, names="execution_state")

    async def _finish_kernel_start(self, kernel_id: str) -> None:
        await super()._finish_kernel_start(kernel_id)  # type: ignore[no-untyped-call]
        if kernel_id not in self:
            return
        kernel: Any = self.get_kernel(kernel_id)

        def died() -> None:
            process = getattr(kernel.provisioner, "process", None)
            kernel.execution_state = "starting"
            self._tell(kernel_id, Ending.DIED, getattr(process, "returncode", None))

        for event in ("restart", "dead"):
            self.add_restart_callback(kernel_id, died, event)

    async def restart_kernel(  # type: ignore[override]
        self, kernel_id: str, now: bool = False
    ) -> Any:
        """Tell the listeners, then restart the kernel."""
        self._check_kernel_id(kernel_id)  # type: ignore[no-untyped-call]
        self._tell(kernel_id, Ending.RESTARTED, None)
        kernel: Any = self.get_kernel(kernel_id)
        kernel.is_ending = True
        try:
            restart = super().restart_kernel(kernel_id, now=now)  # type: ignore[no-untyped-call]
            return await restart
        finally:
            kernel.is_ending = False

    async def shutdown_kernel(  # type: ignore[override]
        self, kernel_id: str, now: bool = False, restart: bool = False
    ) -> Any:
        """Tell the listeners, then shut the kernel down."""
        self._check_kernel_id(kernel_id)  # type: ignore[no-untyped-call]
        self._tell(kernel_id, Ending.SHUT_DOWN, None)
        stop = super().shutdown_kernel  # untyped in Jupyter
        return await stop(kernel_id, now=now, restart=restart)  # type: ignore[no-untyped-call]

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """Return Jupyter's model of a kernel with `busy_since`."""
        model: dict[str, Any] = super().kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        since = getattr(self._kernels[kernel_id], "busy_since", None)
        model["busy_since"] = None if since is None else since.isoformat()
        return model

    def _tell(self, kernel_id: str, ending: Ending, status: int | None) -> None:
        for listener in self.listeners:
            listener(kernel_id, ending, status)
