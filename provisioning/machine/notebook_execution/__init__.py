"""A Jupyter extension that runs the cells of notebooks on the server's side.

The server asks the kernel, and writes each output into the shared document. So output is kept while
no page is open, and every page shows the same. JupyterLab's part is in `labextension`.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "notebook_execution"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Add the handlers to a Jupyter server; its kernel manager is a `WatchedKernels`."""
    from .handlers import add_handlers  # noqa: PLC0415 - the config imports this package's store

    add_handlers(app)
