"""Jupyter's configuration; the values that differ between machines are in `machine.json`."""

import json
import os
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_MACHINE = json.loads((_HERE / "machine.json").read_text(encoding="utf-8"))
_LIBRARY = Path(_MACHINE["library"])
_STATE = Path(_MACHINE["state"])

sys.path.insert(0, str(_LIBRARY))

# Traitlets gives each configuration file a `get_config` of its own. The importable one returns the
# configuration in use, and what is written there comes too late for the list of extensions.
c = get_config()  # type: ignore[name-defined]  # noqa: F821

# The server listens on one address, with https only, behind the machine's public port.
c.ServerApp.ip = _MACHINE["bind_address"]
c.ServerApp.port = _MACHINE["notebook_port"]
c.ServerApp.port_retries = 0
c.ServerApp.certfile = str(_STATE / "tls/notebook.crt")
c.ServerApp.keyfile = str(_STATE / "tls/notebook.key")
c.ServerApp.custom_display_url = _MACHINE["url"]
c.ServerApp.open_browser = False
# The service manager chooses the user: an unprivileged account, where the machine has accounts.
c.ServerApp.allow_root = True
c.ServerApp.quit_button = False
# Only signed-in members have access, under every host name that leads to the server.
c.ServerApp.allow_remote_access = True
c.ServerApp.allow_unauthenticated_access = False
c.ServerApp.allow_origin = ""
c.ServerApp.allow_password_change = False
c.ServerApp.trust_xheaders = False
# Nothing of the identity provider is signed with it, so no file needs to keep it.
c.ServerApp.cookie_secret = os.urandom(64)
c.ServerApp.tornado_settings = {
    "xsrf_cookie_kwargs": {"secure": True, "samesite": "Lax", "path": "/"},
    "headers": {"X-Frame-Options": "SAMEORIGIN"},
}
c.ServerApp.identity_provider_class = "notebook_identity.provider.OneTimePasswordProvider"
c.ServerApp.extra_template_paths = [str(_LIBRARY / "notebook_identity/templates")]
c.ServerApp.jinja_template_vars = {"server_name": _MACHINE["server_name"]}
c.OneTimePasswordProvider.access_path = str(_HERE / "access/list.json")
c.OneTimePasswordProvider.state_path = str(_STATE / "members.json")
c.OneTimePasswordProvider.server_name = _MACHINE["server_name"]
c.OneTimePasswordProvider.own_addresses = [_MACHINE["bind_address"], "127.0.0.1", "::1"]

# What members see in JupyterLab.
c.ServerApp.root_dir = _MACHINE["work"]
c.ServerApp.default_url = "/lab"
c.ServerApp.terminals_enabled = True
c.ContentsManager.allow_hidden = False
# Deleting frees the space at once. Jupyter's trash is a hidden folder that members cannot empty, on
# a full disk it refuses, and without it a folder with files could not be deleted.
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = True
# Formats that need a browser, Qt, LaTeX or pandoc would end in an error page. The bot's `export`
# makes PDF files.
for _exporter in ("PDF", "WebPDF", "QtPDF", "QtPNG", "Latex", "ASCIIDoc", "RST"):
    c[f"{_exporter}Exporter"].enabled = False
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
# Extensions come from the server's environment alone, and only the bot changes that one.
c.LabApp.labextensions_path = [str(Path(sys.prefix, "share/jupyter/labextensions"))]
c.LabApp.extension_manager = "readonly"

# The status bar shows the memory of the server and its kernels, and the CPU.
c.ResourceUseDisplay.track_cpu_percent = True

# This extension runs the cells, so that output is kept while no page is open.
c.ServerApp.jpserver_extensions = {"notebook_execution": True, "jupyterlab": True}
c.LabApp.extra_labextensions_path = [str(_LIBRARY / "notebook_execution/labextension")]

# This kernel manager also reports since when a kernel has been busy, and how it ended.
c.ServerApp.kernel_manager_class = "notebook_execution.kernels.WatchedKernels"

# The history of shared documents is bounded, and in the same place wherever the server is started.
c.YDocExtension.ystore_class = "notebook_execution.store.BoundedStore"
c.SQLiteYStore.db_path = str(Path(_MACHINE["work"]) / ".jupyter_ystore.db")

# Jupyter's own cullers would kill silent work; the bot decides whether a server is idle.
c.MappingKernelManager.cull_idle_timeout = 0
c.TerminalManager.cull_inactive_timeout = 0
c.ServerApp.shutdown_no_activity_timeout = 0

# Kernels communicate over Unix sockets, which no other user of the machine can open. The path of a
# socket is "<runtime>/kernel-<36 characters>-ipc-<n>" and may have 107 bytes (unix(7)). Where the
# runtime folder's path is too long, and on Windows, kernels use loopback TCP with signed messages.
_RUNTIME = os.environ.get("JUPYTER_RUNTIME_DIR", "")
if os.name == "posix" and len(_RUNTIME.encode()) + len("/kernel--ipc-5") + 36 <= 107:
    c.KernelManager.transport = "ipc"
