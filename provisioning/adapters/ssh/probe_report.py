"""What a machine is used for, read from its probe's report. Pure; decides nothing.

Two separate facts: the machine is busy (`work`), and a person used it (`last_used`). What the
probe could not find out makes "not busy" unknown, but never "busy" less true. All ages are in
seconds by the machine's own clock.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from provisioning.adapters.ssh.reading import understanding, words_of
from provisioning.core.language import N_
from provisioning.core.model.activity import (
    Activity,
    IdleKernel,
    WorkKind,
    Workload,
    unknown_activity,
)
from provisioning.core.model.machine import DiskUse

BUSY_CPU = 0.05
"""Share of one CPU from which a waiting kernel or shell counts as busy.

The probe's resolution is 3.3 %; an idle kernel takes about 0.2 %.
"""
SERVER_BUSY_CPU = 0.5
"""The same share for the notebook server itself, which every open tab polls each 10 s."""
STARTING_SECONDS = 600.0
"""How long a kernel may report "starting"; without a connection it reports that for ever."""
_SPACE = ("size", "used", "free")
_MOST_BYTES = 2**62
_MOST_FOLDERS, _LONGEST_PATH = 5, 80
_IDLE_STATES = frozenset({"idle", "dead"})
_BUSY_STATES = frozenset({"busy", "restarting", "autorestarting"})


def read_activity(report: Mapping[str, Any]) -> Activity:
    """Return the facts of a probe's report.

    A report of another shape makes the activity unknown, with the reason.
    """
    try:
        return _read(report)
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        return unknown_activity(
            N_("the machine's report could not be read ({error})", error=repr(error)[:200])
        )


def _read(report: Mapping[str, Any]) -> Activity:
    unknown = [f"{name}: {reason}" for name, reason in dict(report["unknown"]).items()]
    kernels, processes = report["kernels"] or (), report["processes"] or ()
    terminals, gpu = report["terminals"] or (), report["gpu"] or ()
    work = [*_cells(kernels, processes), *_running(processes, kernels)]
    work += [Workload(WorkKind.GPU, f"gpu:{pid}", N_("GPU process {pid}", pid=pid)) for pid in gpu]
    work += _sessions(report["ssh"] or ())
    unknown += _strange_states(kernels)
    files = report["files"] or {}
    signs = [
        (each["quiet_seconds"], N_("{what} last had output", what=_name(each))) for each in kernels
    ]
    signs += [
        (each["quiet_seconds"], N_("terminal {name} was used", name=str(each["name"])))
        for each in terminals
    ]
    signs.append((files.get("quiet_seconds"), N_("a file was saved")))
    last_used, by = min(
        ((float(age), what) for age, what in signs if age is not None), default=(None, "")
    )
    return Activity(
        work=tuple(work),
        last_used=last_used,
        last_used_by=by,
        people=sum(int(each["connections"]) for each in kernels),
        cpu=round(sum(float(each["cpu"]) for each in processes), 3),
        unknown="; ".join(unknown),
        took=float(report["took"]),
        idle_kernels=tuple(_idle_kernels(kernels, processes)),
        passwords=_waiting(report.get("passwords")),
        disk=read_disk_use(report["disk"]) if report.get("disk") else None,
    )


def _cells(
    kernels: Iterable[Mapping[str, Any]], processes: Iterable[Mapping[str, Any]]
) -> list[Workload]:
    """Return the kernels that report a running cell, with the CPU of all their processes."""
    found = []
    for kernel in kernels:
        if _is_busy(kernel):
            inside = [float(each["cpu"]) for each in processes if each["within"] == kernel["id"]]
            seconds = kernel["busy_seconds"]
            age = float(kernel["quiet_seconds"] if seconds is None else seconds)
            key = f"cell:{kernel['id']}:{kernel['busy_since']}"
            found.append(Workload(WorkKind.CELL, key, _name(kernel), age, round(sum(inside), 3)))
    return found


def _is_busy(kernel: Mapping[str, Any]) -> bool:
    if kernel["state"] == "starting":
        return float(kernel["quiet_seconds"]) < STARTING_SECONDS
    return kernel["state"] in _BUSY_STATES


def _running(
    processes: Iterable[Mapping[str, Any]], kernels: Iterable[Mapping[str, Any]]
) -> list[Workload]:
    """Return processes beyond the server, idle kernels and bare shells.

    Those three count too if they take CPU.
    """
    known = {each["id"] for each in kernels}
    busy = {each["id"] for each in kernels if _is_busy(each)}
    found = []
    for each in processes:
        cpu, kind = float(each["cpu"]), each["kind"]
        if kind == "upkeep" or (kind == "kernel" and each["within"] in busy):
            continue
        if kind != "other" and cpu < (SERVER_BUSY_CPU if kind == "server" else BUSY_CPU):
            continue
        where = each["within"]
        if where in known:
            group = WorkKind.KERNEL
        else:
            group = WorkKind.TERMINAL if where == "terminal" else WorkKind.PROCESS
        key = f"process:{_key(each)}"
        found.append(Workload(group, key, str(each["name"]), float(each["seconds"]), cpu))
    return found


def _idle_kernels(
    kernels: Iterable[Mapping[str, Any]], processes: Iterable[Mapping[str, Any]]
) -> list[IdleKernel]:
    idle = {each["id"]: each for each in kernels if not _is_busy(each)}
    return [
        IdleKernel(
            _key(each),
            _name(idle[each["within"]]),
            float(each["cpu_seconds"]),
            float(each["seconds"]),
            float(idle[each["within"]]["quiet_seconds"]),
        )
        for each in processes
        if each["kind"] == "kernel" and each["within"] in idle
    ]


def _key(process: Mapping[str, Any]) -> str:
    """Return a key for the process that outlives no process: process ids are used again."""
    return f"{process['pid']}-{process['started']}"


def _sessions(sessions: Iterable[Mapping[str, Any]]) -> list[Workload]:
    return [
        Workload(
            WorkKind.SSH,
            f"ssh:{number}:{each['user']}",
            N_("SSH as {user}", user=str(each["user"])),
            float(each["seconds"]),
        )
        for number, each in enumerate(sessions)
    ]


def _strange_states(kernels: Iterable[Mapping[str, Any]]) -> list[str]:
    known = _IDLE_STATES | _BUSY_STATES | {"starting"}
    return [f"{_name(each)} is {each['state']!r}" for each in kernels if each["state"] not in known]


def _name(kernel: Mapping[str, Any]) -> str:
    path = kernel["path"]
    return str(path).rpartition("/")[2] if path else N_("a kernel without a notebook")


def _waiting(people: Iterable[Any] | None) -> tuple[str, ...] | None:
    return None if people is None else tuple(map(str, people))


def read_disk_use(found: Mapping[str, Any]) -> DiskUse:
    """Return how full a disk is. Raises KeyError, TypeError or ValueError for another shape."""
    size, used, free = (max(0, min(int(found[each]), _MOST_BYTES)) for each in _SPACE)
    largest = [
        (_name_of_file(name), max(0, min(int(taken), _MOST_BYTES)))
        for name, taken in list(found["largest"])[:_MOST_FOLDERS]
    ]
    return DiskUse(size, used, free, tuple(largest))


def understood_disk(answer: Mapping[str, Any]) -> DiskUse:
    """Return the sizes in a machine's answer. Raises `PermanentError` for another shape."""
    with understanding():
        return read_disk_use({**answer, "largest": []})


def _name_of_file(name: object) -> str:
    """Return a file's name as text that can be stored: names need not be Unicode on a disk."""
    return words_of(name).encode(errors="replace").decode()[:_LONGEST_PATH]
