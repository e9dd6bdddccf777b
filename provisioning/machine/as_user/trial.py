"""Start a notebook server for a moment, and see that it answers: `trial.py` with a JSON object.

Standard input is `{"python", "files", "machine", "tls", "seconds"}`: the Python to try, the texts
of Jupyter's configuration by their paths, the facts of `machine.json`, the folder of the
certificate, and the time limit. The server listens on a free port of the loopback address and has
files of its own, so that the running server does not notice it. Prints `{"ok": bool, "log": [last
lines]}`. Python 3.9 or newer runs it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

ADDRESS = "127.0.0.1"
PAGES = ("/api", "/login")
"""What a server answers before a sign-in: its version, and the page of our identity provider."""
_LINES = 20
_ENDS = 10.0


def main() -> None:
    """Try the server, and print the result."""
    task = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="notebook-trial-") as name:
        print(json.dumps(tried(task, Path(name))))


def tried(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Start the server with files of its own in `folder`, and ask for its first pages."""
    port = _free_port()
    _write(task, folder, port)
    log = folder / "log"
    configuration = folder / "settings/jupyter_server_config.py"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [task["python"], "-I", "-m", "jupyterlab", f"--config={configuration}"],
            cwd=folder / "settings",
            env={**os.environ, **_variables(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            ok = _answers(process, port, folder, float(task["seconds"]))
        finally:
            _end(process)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return {"ok": ok, "log": lines[-_LINES:]}


def _write(task: dict[str, Any], folder: Path, port: int) -> None:
    own = {
        "bind_address": ADDRESS,
        "notebook_port": port,
        "url": f"https://{ADDRESS}:{port}/",
        "state": str(folder / "state"),
        "work": str(folder / "work"),
    }
    files = {**task["files"], "machine.json": json.dumps({**task["machine"], **own})}
    for name, text in files.items():
        file = folder / "settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(task["tls"], folder / "state/tls")
    (folder / "work").mkdir()


def _variables(folder: Path) -> dict[str, str]:
    return {
        "JUPYTER_CONFIG_DIR": str(folder / "settings"),
        "JUPYTER_PATH": str(folder / "settings/jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "run"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PLATFORM_DIRS": "0",
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "lab/user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "lab/workspaces"),
    }


def _answers(process: subprocess.Popen[bytes], port: int, folder: Path, seconds: float) -> bool:
    context = ssl.create_default_context(cafile=str(folder / "state/tls/notebook.crt"))
    context.check_hostname = False
    # The certificate itself ends the chain (constant since Python 3.10).
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    waiting = list(PAGES)
    deadline = time.monotonic() + seconds
    while waiting and time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"https://{ADDRESS}:{port}{waiting[0]}", timeout=5) as answer:
                answer.read()
            waiting.pop(0)
        except OSError:
            time.sleep(0.1)
    return not waiting


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_ENDS)
        return
    process.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
