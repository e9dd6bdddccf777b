"""Evidence of use, for whoever decides whether the server is idle. Decides nothing.

What can't be known is null with the reason beside it: unknown is never idle. Asks the
server with `no_track_activity`, so that looking is not itself activity.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .commands import run
from .configuration import read_machine
from .errors import SetUpError
from .layout import Layout

SAMPLE_SECONDS = 1.0
_MOST_FILES = 20_000
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "fish"})
_NOTHING = (SetUpError, OSError, ValueError, KeyError, http.client.HTTPException)


def activity(layout: Layout) -> dict[str, Any]:
    """One look: kernels, terminals, processes, files, sign-ins, GPU, load, uptime."""
    machine = read_machine(layout)
    facts: dict[str, Any] = {"at": time.time(), "unknown": {}}
    sources: dict[str, Callable[[], Any]] = {
        "kernels": lambda: kernels(layout, machine),
        "terminals": lambda: _get(layout, machine, "/api/terminals"),
        "processes": lambda: processes(str(machine["user"])),
        "newest_file": lambda: newest_file(layout.work),
        "logins": lambda: logins(str(machine["user"])),
        "gpu_processes": gpu_processes,
        "load": lambda: list(os.getloadavg()),
        "uptime": uptime,
    }
    for name, source in sources.items():
        try:
            facts[name] = source()
        except _NOTHING as error:
            facts[name] = None
            facts["unknown"][name] = error.reason if isinstance(error, SetUpError) else repr(error)
    return facts


def kernels(layout: Layout, machine: dict[str, Any]) -> list[dict[str, Any]]:
    """Each kernel with the notebook that it belongs to."""
    sessions = _get(layout, machine, "/api/sessions")
    paths = {each["kernel"]["id"]: each["path"] for each in sessions if each.get("kernel")}
    return [
        {
            "id": kernel["id"],
            "name": kernel["name"],
            "path": paths.get(kernel["id"]),
            "execution_state": kernel["execution_state"],
            "last_activity": kernel["last_activity"],
            "connections": kernel["connections"],
        }
        for kernel in _get(layout, machine, "/api/kernels")
    ]


def processes(user: str) -> list[dict[str, Any]]:
    """The user's processes with their share of one CPU over a second. `kind` is "server",
    "kernel", "shell" (one that waits for somebody to type), "upkeep" (our own) or "other"."""
    before = _listed(user)
    began = time.monotonic()
    ticks = {pid: _cpu_ticks(pid) for pid in before}
    time.sleep(SAMPLE_SECONDS)
    seconds = time.monotonic() - began
    found = []
    for pid, (name, words) in _listed(user).items():
        now, then = _cpu_ticks(pid), ticks.get(pid)
        used = (now - (then or 0)) / os.sysconf("SC_CLK_TCK") if now is not None else 0.0
        found.append(
            {"pid": pid, "name": name, "kind": _kind(name, words), "cpu": round(used / seconds, 3)}
        )
    return found


def newest_file(folder: Path) -> float | None:
    """When a file of the folder was changed last (Unix seconds); None where there is none.
    Raises ValueError if there are too many to look at."""
    newest: float | None = None
    for count, path in enumerate(_files(folder)):
        if count >= _MOST_FILES:
            raise ValueError(f"more than {_MOST_FILES} files")
        changed = path.lstat().st_mtime
        newest = changed if newest is None else max(newest, changed)
    return newest


def logins(user: str) -> list[str]:
    """The terminals on which the notebook user is signed in."""
    lines = run(["who"]).stdout.splitlines()
    return [line.split()[1] for line in lines if line.split()[:1] == [user]]


def gpu_processes() -> list[int]:
    """Process ids that compute on a GPU; empty where the machine has none."""
    if shutil.which("nvidia-smi") is None:
        return []
    asked = run(["nvidia-smi", "--query-compute-apps=pid", "--format=csv,noheader"])
    return [int(line) for line in asked.stdout.split()]


def uptime() -> float:
    """Seconds since the machine booted."""
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])


def _listed(user: str) -> dict[int, tuple[str, list[str]]]:
    """Name and command line of the user's processes, as ps shows them."""
    asked = run(["ps", "-u", user, "-o", "pid=,comm=,args="], ok=(0, 1))
    if asked.returncode == 1 and asked.stderr.strip():
        raise SetUpError(f"ps does not know the processes of {user}.")
    found = {}
    for line in asked.stdout.splitlines():
        pid, name, *words = line.split(None, 2)
        found[int(pid)] = (name, words[0].split() if words else [])
    return found


def _kind(name: str, words: list[str]) -> str:
    if any(word.startswith("ipykernel") for word in words):
        return "kernel"
    if "jupyterlab" in words:
        return "server"
    if "compileall" in words:
        return "upkeep"
    flags = all(word.startswith("-") and word != "-c" for word in words[1:])
    return "shell" if name.lstrip("-") in _SHELLS and flags else "other"


def _cpu_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[11]) + int(fields[12])  # utime and stime, proc(5)


def _files(folder: Path) -> Any:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in {".ipynb_checkpoints", ".git"}]
        for name in names:
            yield Path(where) / name


def _get(layout: Layout, machine: dict[str, Any], path: str) -> Any:
    """The JSON behind a path of the server's interface."""
    context = ssl.create_default_context(cafile=str(layout.tls / "notebook.crt"))
    connection = http.client.HTTPSConnection(
        machine["bind_address"], machine["notebook_port"], timeout=5, context=context
    )
    try:
        token = layout.probe_token.read_text(encoding="utf-8")
        headers = {"Authorization": f"token {token}"}
        connection.request("GET", f"{path}?no_track_activity=1", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ValueError(f"{path} answered {answer.status}")
        return json.loads(body)
    finally:
        connection.close()
