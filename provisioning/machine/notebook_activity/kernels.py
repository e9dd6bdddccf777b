"""Jupyter's kernel manager, extended by the time since which each kernel has been busy.

Jupyter itself reports only the time of a kernel's last message. A cell that prints has just sent
one, and a silent cell only at its start, so that time does not tell how long a cell has run.
"""

from datetime import UTC, datetime
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class WatchedKernels(AsyncMappingKernelManager):
    """Adds `busy_since` (ISO 8601, None while idle) to each kernel in the REST interface."""

    def start_watching_activity(self, kernel_id: str) -> None:
        """Watch a kernel as Jupyter does, and note each change between idle and busy."""
        super().start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        kernel: Any = self._kernels[kernel_id]
        kernel.busy_since = None

        def note(change: dict[str, Any]) -> None:
            kernel.busy_since = datetime.now(UTC) if change["new"] == "busy" else None

        kernel.observe(note, names="execution_state")

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """Return Jupyter's model of a kernel with `busy_since`."""
        model: dict[str, Any] = super().kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        since = getattr(self._kernels[kernel_id], "busy_since", None)
        model["busy_since"] = None if since is None else since.isoformat()
        return model
