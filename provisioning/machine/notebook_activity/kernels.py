"""Jupyter's manager of kernels, which also remembers since when each one is busy.

Jupyter tells when a kernel last said something: of a cell that prints that is a moment ago,
of a silent one the moment it began, and of neither how long it has run.
"""

from datetime import UTC, datetime
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager


class WatchedKernels(AsyncMappingKernelManager):
    """Adds `busy_since` (ISO 8601, None while idle) to what the interface says of a kernel."""

    def start_watching_activity(self, kernel_id: str) -> None:
        """As Jupyter's own, and note each change between idle and busy."""
        super().start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        kernel: Any = self._kernels[kernel_id]
        kernel.busy_since = None

        def note(change: dict[str, Any]) -> None:
            kernel.busy_since = datetime.now(UTC) if change["new"] == "busy" else None

        kernel.observe(note, names="execution_state")

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """As Jupyter's own, with `busy_since`."""
        model: dict[str, Any] = super().kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        since = getattr(self._kernels[kernel_id], "busy_since", None)
        model["busy_since"] = None if since is None else since.isoformat()
        return model
