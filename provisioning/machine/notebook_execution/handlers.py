"""The requests of a page: run cells, answer a kernel's question."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from .documents import Documents
from .execution import Execution
from .kernel_queue import KernelQueue
from .kernels import Ending, WatchedKernels

_KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"


class Queues:
    """The queue of each kernel."""

    def __init__(self, kernels: WatchedKernels, documents: Documents) -> None:
        self.documents = documents
        self._kernels = kernels
        self._queues: dict[str, KernelQueue] = {}
        kernels.listeners.append(self._end)

    def of(self, kernel_id: str) -> KernelQueue:
        """Return a kernel's queue. Raises `HTTPError` 410 if there is no such kernel."""
        if not self._kernels.stays(kernel_id):
            raise HTTPError(HTTPStatus.GONE, reason="The kernel was shut down")
        if kernel_id not in self._queues:
            manager = self._kernels.get_kernel(kernel_id)
            self._queues[kernel_id] = KernelQueue(manager)
        return self._queues[kernel_id]

    def _end(self, kernel_id: str, ending: Ending, status: int | None) -> None:
        queue = self._queues.pop(kernel_id, None)
        if queue is not None:
            queue.end(ending, status)
        if ending is Ending.DIED and self._kernels.stays(kernel_id):
            # Jupyter takes a new kernel as idle once it has answered a request.
            self.of(kernel_id).put([])


class _Handler(APIHandler):
    auth_resource = "kernels"

    def initialize(self, queues: Queues) -> None:
        self.queues = queues


class ExecuteHandler(_Handler):
    """`POST {document_id, record_timing, cells: [{cell_id, code}]}`: run cells in this order.

    The answer comes as soon as the cells wait. Their outputs, and their end, are in the document.
    """

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        """Queue the cells."""
        queue, body = self.queues.of(kernel_id), self.get_json_body() or {}
        try:
            executions = [
                Execution(
                    self.queues.documents,
                    str(body["document_id"]),
                    str(each["cell_id"]),
                    str(each["code"]),
                    bool(body.get("record_timing")),
                )
                for each in body["cells"]
            ]
        except (KeyError, TypeError) as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST) from error
        try:
            for each in executions:
                await each.queue()
        except LookupError as error:
            raise HTTPError(HTTPStatus.NOT_FOUND, reason="There is no such cell") from error
        queue.put(executions)
        self.set_status(HTTPStatus.ACCEPTED)
        self.finish({})


class InputHandler(_Handler):
    """`POST {question, value}`: answer `input()`."""

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        """Send the answer to the kernel; 409 if the kernel no longer waits for it."""
        body = self.get_json_body() or {}
        value = str(body.get("value", ""))
        if not self.queues.of(kernel_id).answer(str(body.get("question")), value):
            raise HTTPError(HTTPStatus.CONFLICT, reason="The cell no longer waits for this input")
        self.finish({})


def add_handlers(app: Any) -> None:
    """Add the handlers to the server."""
    extension = next(iter(app.extension_manager.extension_apps["jupyter_server_ydoc"]))
    given = {"queues": Queues(app.kernel_manager, Documents(extension))}
    base = app.web_app.settings["base_url"].rstrip("/")
    app.web_app.add_handlers(
        ".*$",
        [
            (f"{base}/api/kernels/{_KERNEL}/execute", ExecuteHandler, given),
            (f"{base}/api/kernels/{_KERNEL}/input", InputHandler, given),
        ],
    )
