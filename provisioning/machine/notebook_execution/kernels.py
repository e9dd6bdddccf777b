"""Jupyter's kernel manager, which also tells since when a kernel is busy and how it ended.

Jupyter itself reports only the time of a kernel's last message. A cell that prints has just sent
one, and a silent cell only at its start, so that time does not tell how long a cell has run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from jupyter_client.session import Session
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

    A kernel with that time is also reported as busy.

    Calls each of `listeners` with a kernel's id, its `Ending`, and the exit status of its process
    (None unless the kernel died by itself) at the moment when the process is found to have ended,
    or just before it is ended.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.listeners: list[Callable[[str, Ending, int | None], None]] = []

    def start_watching_activity(self, kernel_id: str) -> None:
        """Watch a kernel as Jupyter does, and note which requests it works on.

        Jupyter takes a kernel as idle after each request. But a kernel answers some while a cell
        runs: those to a subshell, such as a moved slider, and those on its control channel.
        """
        super().start_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        kernel: Any = self._kernels[kernel_id]
        kernel.busy_since, kernel.at_work = None, {}
        session = Session(config=kernel.session.config, key=kernel.session.key)

        def note(frames: list[bytes]) -> None:
            parts = session.feed_identities(frames)[1]
            if session.deserialize(parts, content=False)["header"]["msg_type"] == "status":
                self._note_status(kernel, session.deserialize(parts))

        kernel.status_stream = kernel.connect_iopub()
        kernel.status_stream.on_recv(note)

    def stop_watching_activity(self, kernel_id: str) -> None:
        """Watch a kernel no longer."""
        super().stop_watching_activity(kernel_id)  # type: ignore[no-untyped-call]
        stream = getattr(self._kernels[kernel_id], "status_stream", None)
        if stream is not None and not stream.closed():
            stream.close()

    def _note_status(self, kernel: Any, message: dict[str, Any]) -> None:
        """Note the begin or the end of a request; of one type only the latest can be open."""
        parent, state = message["parent_header"], message["content"]["execution_state"]
        kind = parent.get("msg_type")
        if state == "starting":
            kernel.at_work.clear()
        elif state == "busy" and self.track_message_type(kind):  # type: ignore[no-untyped-call]
            kernel.at_work[kind] = parent["msg_id"]
        elif state == "idle" and kernel.at_work.get(kind) == parent["msg_id"]:
            del kernel.at_work[kind]
        if not kernel.at_work:
            kernel.busy_since = None
        elif kernel.busy_since is None:
            kernel.busy_since = datetime.now(UTC)

    async def _finish_kernel_start(self, kernel_id: str) -> None:
        await super()._finish_kernel_start(kernel_id)  # type: ignore[no-untyped-call]
        if kernel_id not in self:
            return
        kernel: Any = self.get_kernel(kernel_id)

        def died() -> None:
            process = getattr(kernel.provisioner, "process", None)
            kernel.execution_state = "starting"
            kernel.at_work, kernel.busy_since = {}, None
            self._tell(kernel_id, Ending.DIED, getattr(process, "returncode", None))

        for event in ("restart", "dead"):
            self.add_restart_callback(kernel_id, died, event)

    async def restart_kernel(  # type: ignore[override]
        self, kernel_id: str, now: bool = False
    ) -> Any:
        """Tell the listeners, then restart the kernel."""
        self._check_kernel_id(kernel_id)  # type: ignore[no-untyped-call]
        self._tell(kernel_id, Ending.RESTARTED, None)
        restart = super().restart_kernel  # untyped in Jupyter
        with self._marked(kernel_id, "is_restarting"):
            return await restart(kernel_id, now=now)  # type: ignore[no-untyped-call]

    async def shutdown_kernel(  # type: ignore[override]
        self, kernel_id: str, now: bool = False, restart: bool = False
    ) -> Any:
        """Tell the listeners, then shut the kernel down."""
        self._check_kernel_id(kernel_id)  # type: ignore[no-untyped-call]
        self._tell(kernel_id, Ending.SHUT_DOWN, None)
        stop = super().shutdown_kernel  # untyped in Jupyter
        with self._marked(kernel_id, "is_shutting_down"):
            return await stop(kernel_id, now=now, restart=restart)  # type: ignore[no-untyped-call]

    def stays(self, kernel_id: str) -> bool:
        """Return whether the kernel exists, and no member shuts it down at this moment."""
        if kernel_id not in self:
            return False
        return not getattr(self.get_kernel(kernel_id), "is_shutting_down", False)

    @contextmanager
    def _marked(self, kernel_id: str, name: str) -> Iterator[None]:
        kernel: Any = self.get_kernel(kernel_id)
        setattr(kernel, name, True)
        try:
            yield
        finally:
            setattr(kernel, name, False)

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """Return Jupyter's model of a kernel with `busy_since`."""
        model: dict[str, Any] = super().kernel_model(kernel_id)  # type: ignore[no-untyped-call]
        since = getattr(self._kernels[kernel_id], "busy_since", None)
        model["busy_since"] = None if since is None else since.isoformat()
        if since is not None:
            model["execution_state"] = "busy"
        return model

    def _tell(self, kernel_id: str, ending: Ending, status: int | None) -> None:
        for listener in self.listeners:
            listener(kernel_id, ending, status)
