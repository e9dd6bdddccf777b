"""A user's processes: what kind each one is, where it runs, and how much CPU it uses."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .commands import run
from .errors import SetUpError

SAMPLE_SECONDS = 0.3
"""A tick is a hundredth of a second, so the share is exact to 3.3 % of a CPU."""

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "fish", "ksh", "cmd", "powershell", "pwsh"})
_INTERPRETERS = re.compile(r"(python|pypy|ipython|bash|sh|dash|zsh|R|Rscript|julia|node|perl|ruby)")
_KERNEL = re.compile(r"kernel-([0-9a-f-]{36})\.json")
_UPKEEP = "compileall"
_OUR_PROGRAMS = re.compile(r"notebook[/\\]lib[/\\]as_user[/\\]")
_ATTENDANTS = frozenset(
    "systemd (sd-pam) dbus-daemon gpg-agent ssh-agent dirmngr sshd sshd-session tmux screen "
    "runuser sudo conhost OpenConsole winpty-agent taskhostw".split()
) | {"tmux: server", "tmux: client"}
_TRACKERS = ("multiprocessing.resource_tracker", "loky.backend.resource_tracker")


@dataclass(frozen=True)
class Process:
    """One process as /proc shows it.

    `ticks` is its CPU time, including children that have ended. `started` differs between two
    processes with the same id; on Linux it is ticks since the boot.
    """

    pid: int
    parent: int
    name: str
    words: tuple[str, ...]
    state: str
    ticks: int
    started: int
    environment: Mapping[str, str]


def read_processes(user: str) -> dict[int, Process]:
    """Return the user's processes by id. Raises SetUpError if the user does not exist."""
    found = {}
    for pid in _pids(user):
        process = _read(pid)
        if process is not None and process.state != "Z":
            found[pid] = process
    return found


def sample(processes: Mapping[int, Process], server: int | None) -> list[dict[str, Any]]:
    """Return a description of each process, with its CPU share during `SAMPLE_SECONDS` from now."""
    per_second = ticks_per_second()
    ids = list(processes)
    before, began = _ticks(ids), time.monotonic()
    time.sleep(SAMPLE_SECONDS)
    after, seconds = _ticks(ids), time.monotonic() - began
    uptime = _uptime()
    found = []
    for pid, process in processes.items():
        # A process that has ended meanwhile counts too: a loop of short programs is work.
        used = (after[pid] - before[pid]) / per_second if pid in after and pid in before else 0.0
        age = max(0.0, uptime - process.started / per_second)
        total = after.get(pid, process.ticks) / per_second
        found.append(
            described(
                process, processes, server, cpu=used / seconds, cpu_seconds=total, seconds=age
            )
        )
    return found


def described(
    process: Process,
    processes: Mapping[int, Process],
    server: int | None,
    *,
    cpu: float,
    cpu_seconds: float,
    seconds: float,
) -> dict[str, Any]:
    """Return the description of a process in a probe result.

    - `kind`: "server", "kernel", "shell" (waits for input), "attendant" (only serves other
      processes), "upkeep" (the bot's own) or "other";
    - `within`: the kernel's id, "terminal", "ssh" or "background";
    - `cpu`: its share of one CPU now; `cpu_seconds`: its CPU time so far;
    - `seconds`: its age; `started`: differs between two processes with the same id.
    """
    return {
        "pid": process.pid,
        "started": process.started,
        "name": title(process),
        "kind": kind(process.name, process.words),
        "within": _within(process, processes, server),
        "cpu": round(cpu, 3),
        "cpu_seconds": round(cpu_seconds, 2),
        "seconds": round(seconds, 1),
    }


def ticks_per_second() -> int:
    """Return the ticks per second of the CPU times in /proc."""
    if sys.platform == "win32":
        raise OSError("Windows has no /proc")
    return os.sysconf("SC_CLK_TCK")


def find_server(processes: Mapping[int, Process]) -> int | None:
    """Return the id of the notebook server's own process, or None."""
    for pid, process in processes.items():
        if kind(process.name, process.words) == "server":
            return pid
    return None


def kind(name: str, words: Iterable[str]) -> str:
    """Return the kind of a process, as `described` lists the kinds."""
    words = tuple(words)
    if kernel_id(words) is not None or any(word.startswith("ipykernel") for word in words):
        return "kernel"
    if "jupyterlab" in words:
        return "server"
    if _UPKEEP in words or any(_OUR_PROGRAMS.search(word) for word in words):
        return "upkeep"
    if name in _ATTENDANTS or any(tracker in word for word in words for tracker in _TRACKERS):
        return "attendant"
    flags = all(word.startswith("-") and word != "-c" for word in words[1:])
    return "shell" if name.lstrip("-") in _SHELLS and flags else "other"


def kernel_id(words: Iterable[str]) -> str | None:
    """Return the id of the kernel that a command line starts, by its connection file."""
    for word in words:
        found = _KERNEL.search(word)
        if found:
            return found[1]
    return None


def title(process: Process) -> str:
    """Return a readable name for a process, such as "python train.py".

    Of the arguments it has only the script's or module's name, since others may be secret.
    """
    words = process.words or (process.name,)
    program = Path(words[0].lstrip("-")).name or process.name
    if not _INTERPRETERS.match(program):
        return program[:60]
    rest = iter(words[1:])
    for word in rest:
        if word == "-m":
            return f"{program} -m {next(rest, '')}"[:60]
        if word == "-c":
            break
        if not word.startswith("-"):
            return f"{program} {Path(word).name}"[:60]
    return program[:60]


def _within(process: Process, processes: Mapping[int, Process], server: int | None) -> str:
    """Return the nearest kernel, terminal or SSH session among the process's ancestors."""
    here: Process | None = process
    while here is not None:
        kernel = kernel_id(here.words)
        if kernel is not None:
            return kernel
        if here.parent == server and here.name.lstrip("-") in _SHELLS:
            return "terminal"
        here = processes.get(here.parent)
    return "ssh" if "SSH_CONNECTION" in process.environment else "background"


def _pids(user: str) -> list[int]:
    asked = run(["ps", "-u", user, "-o", "pid="], ok=(0, 1))
    if asked.returncode == 1 and asked.stderr.strip():
        raise SetUpError(f"ps could not list the processes of {user}.")
    return [int(word) for word in asked.stdout.split()]


def _read(pid: int) -> Process | None:
    folder = Path("/proc") / str(pid)
    try:
        head, _, tail = (
            (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
        )
        words = _split((folder / "cmdline").read_bytes())
        variables = _split((folder / "environ").read_bytes())
    except OSError:
        return None
    fields = tail.split()  # proc(5), from the third field on
    return Process(
        pid=pid,
        parent=int(fields[1]),
        name=head.partition("(")[2],
        words=words,
        state=fields[0],
        ticks=_cpu(fields),
        started=int(fields[19]),
        environment=dict(word.partition("=")[::2] for word in variables),
    )


def _split(data: bytes) -> tuple[str, ...]:
    return tuple(part.decode(errors="replace") for part in data.split(b"\0") if part)


def _cpu(fields: list[str]) -> int:
    return sum(int(fields[number]) for number in (11, 12, 13, 14))


def _ticks(pids: Iterable[int]) -> dict[int, int]:
    found = {}
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found[pid] = _cpu(text.rpartition(")")[2].split())
    return found


def _uptime() -> float:
    return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
