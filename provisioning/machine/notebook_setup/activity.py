"""The activity probe: evidence by which the bot decides whether the server is idle.

Unknown facts are null, and `unknown` has the reason: unknown never counts as idle. Requests to
the server carry `no_track_activity`, so that the probe is not itself activity. Ages are seconds by
the machine's own clock, so that no two clocks need to agree.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .certificate import leaf, trusting
from .configuration import read_machine
from .disk_use import disk_use
from .errors import SetUpError
from .identity import is_former, register
from .layout import Layout
from .probe import Probe

FILES_SECONDS = 0.25
GPU_SECONDS = 5.0
_ANSWER_SECONDS = 3.0
_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_UNKNOWN = (SetUpError, OSError, ValueError, KeyError, http.client.HTTPException)

Source = Callable[[], Any]


def activity(layout: Layout, probe: Probe) -> dict[str, Any]:
    """Return one probe result.

    It has kernels, terminals, processes, SSH sessions, GPU, files, load and uptime, how full the
    disk is, and the ids of members whose one-time password is still unused.
    """
    began = time.monotonic()
    machine = read_machine(layout)
    user = str(machine["user"])
    facts: dict[str, Any] = {"at": time.time(), "unknown": {}}
    with ThreadPoolExecutor() as pool:
        # nvidia-smi may take seconds to start, so it starts first and is read last.
        gpu = pool.submit(gpu_processes)
        running = probe.begin(user, pool)
        files = pool.submit(newest_file, layout.home)
        disk = pool.submit(disk_use, layout.home, layout.work, lambda: running.space(layout.home))
        _note(facts, _server_facts(layout, machine))
        # No other part of the probe runs while the CPU is sampled.
        _note(facts, {"files": files.result, "ssh": running.sessions})
        facts["disk"] = disk.result()
        _note(facts, {"processes": running.processes})
        _note(facts, {"gpu": gpu.result, "load": running.load, "uptime": running.uptime})
    facts["passwords"] = waiting_passwords(layout, facts["at"])
    facts["took"] = round(time.monotonic() - began, 3)
    return facts


def _note(facts: dict[str, Any], sources: dict[str, Source]) -> None:
    for name, source in sources.items():
        try:
            facts[name] = source()
        except _UNKNOWN as error:
            facts[name] = None
            facts["unknown"][name] = error.reason if isinstance(error, SetUpError) else repr(error)


def _server_facts(layout: Layout, machine: dict[str, Any]) -> dict[str, Source]:
    """Return the sources that ask the server itself, over one connection."""
    ask = _Interface(layout, machine)
    return {"kernels": lambda: kernels(ask), "terminals": lambda: terminals(ask)}


def kernels(ask: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return each kernel's id, notebook, state, times and open connections.

    `busy_since` is the start of the running cell, null while none runs; `quiet_seconds` the time
    since the kernel's last message.
    """
    paths = {each["kernel"]["id"]: each["path"] for each in ask("/api/sessions") if each["kernel"]}
    return [
        {
            "id": kernel["id"],
            "name": kernel["name"],
            "path": paths.get(kernel["id"]),
            "state": kernel["execution_state"],
            "busy_since": kernel.get("busy_since"),
            "busy_seconds": _age(kernel.get("busy_since")),
            "quiet_seconds": _age(kernel["last_activity"]),
            "connections": kernel["connections"],
        }
        for kernel in ask("/api/kernels")
    ]


def terminals(ask: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Return each terminal's name and the seconds since its last input or output."""
    return [
        {"name": each["name"], "quiet_seconds": _age(each["last_activity"])}
        for each in ask("/api/terminals")
    ]


def newest_file(home: Path) -> dict[str, Any]:
    """Return the seconds since a file in the home last changed, null if there is no file.

    The search begins with the upper folders; `complete` is false if the time ran out.
    """
    deadline = time.monotonic() + FILES_SECONDS
    newest: float | None = None
    complete = True
    for count, changed in enumerate(_changes(home)):
        newest = changed if newest is None else max(newest, changed)
        if count % 256 == 0 and time.monotonic() > deadline:
            complete = False
            break
    age = None if newest is None else round(max(0.0, time.time() - newest), 1)
    return {"quiet_seconds": age, "complete": complete}


def waiting_passwords(layout: Layout, now: float) -> list[str] | None:
    """Return the ids of members whose one-time password can still be used.

    None if that can't be known; it is no evidence of use either way.
    """
    try:
        if not is_former(layout):
            return [str(each) for each in register(layout).waiting(now)]
        known = json.loads(layout.former_people.read_text(encoding="utf-8"))["people"]
        return sorted(
            each["id"]
            for each in known.values()
            if each["one_time"] is not None and now < each["one_time"]["expires_at"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def gpu_processes() -> list[int]:
    """Return the ids of processes that compute on a GPU; empty without a GPU."""
    if shutil.which("nvidia-smi") is None:
        return []
    argv = ["nvidia-smi", "--query-compute-apps=pid", "--format=csv,noheader"]
    try:
        asked = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=GPU_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise SetUpError("nvidia-smi does not answer.") from None
    if asked.returncode != 0:
        raise SetUpError(f"nvidia-smi ended with status {asked.returncode}.")
    return [int(line) for line in asked.stdout.split()]


def _changes(home: Path) -> Iterator[float]:
    """Yield the change time of each file, folder by folder from the top.

    Hidden files are skipped: programs write those, not members.
    """
    waiting = [str(home)]
    while waiting:
        folders, waiting = waiting, []
        for folder in folders:
            try:
                entries = list(os.scandir(folder))
            except OSError:
                continue  # removed during the search
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _IGNORED_FOLDERS:
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if stat.S_ISDIR(found.st_mode):
                    waiting.append(entry.path)
                yield found.st_mtime


def _age(moment: str | None) -> float | None:
    if moment is None:
        return None
    since = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return round(max(0.0, (datetime.now(timezone.utc) - since).total_seconds()), 1)  # noqa: UP017


class _Interface:
    """The server's REST interface, over one connection; a call returns the JSON of a path."""

    def __init__(self, layout: Layout, machine: dict[str, Any]) -> None:
        self._layout = layout
        self._machine = machine
        self._connection: http.client.HTTPSConnection | None = None
        self._failure: Exception | None = None

    def __call__(self, path: str) -> Any:
        if self._failure is not None:
            raise self._failure  # wait only once for a server that hangs
        try:
            return self._get(path)
        except (OSError, http.client.HTTPException) as error:
            self._failure = error
            raise

    def _get(self, path: str) -> Any:
        if self._connection is None:
            context = trusting(leaf(self._layout))
            self._connection = http.client.HTTPSConnection(
                self._machine["bind_address"],
                self._machine["notebook_port"],
                timeout=_ANSWER_SECONDS,
                context=context,
            )
        token = self._layout.probe_token.read_text(encoding="utf-8")
        headers = {"Authorization": f"token {token}"}
        self._connection.request("GET", f"{path}?no_track_activity=1", headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ValueError(f"{path} answered {answer.status}")
        return json.loads(body)
