"""What a machine is used for, read from its probe's report. Pure; decides nothing.

Two separate facts: it is at work (`busy`), and a person was there (`last_used`). What the
probe could not find out makes "not at work" unknown, never "at work" less true. All ages
are in seconds by the machine's own clock.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from provisioning.language import N_, StoredText

BUSY_CPU = 0.05
"""Share of one CPU from which a waiting kernel or shell counts as at work. The probe's ticks
are 3.3 %; an idle kernel takes about 0.2 %."""
AVERAGE_BUSY_CPU = 0.01
"""The same for an idle kernel over the whole time between two looks: a thread that works a
little now and then, or beside others on a busy machine, is missed by a short sample."""
SERVER_BUSY_CPU = 0.5
"""The same for the notebook server itself, which any open tab asks something every 10 s."""
STARTING_SECONDS = 600.0
"""How long a kernel may say "starting": one that nobody connects to says so for ever."""
_IDLE_STATES = frozenset({"idle", "dead"})
_BUSY_STATES = frozenset({"busy", "restarting", "autorestarting"})


class WorkKind(StrEnum):
    """What kind of work it is."""

    CELL = "cell"
    KERNEL = "kernel"
    TERMINAL = "terminal"
    PROCESS = "process"
    GPU = "gpu"
    SSH = "ssh"


@dataclass(frozen=True)
class Work:
    """One thing that the machine is at. `key` stays the same as long as it is the same one.
    `what` is a name for people; `cpu` the share of one CPU, None where it is not known."""

    kind: WorkKind
    key: str
    what: str
    seconds: float = 0.0
    cpu: float | None = None


@dataclass(frozen=True)
class IdleKernel:
    """The process of a kernel that says that it is idle: the CPU that it has taken in its
    whole age, and for how long it has said nothing, all in seconds."""

    key: str
    what: StoredText
    cpu_seconds: float
    age: float
    quiet: float


@dataclass(frozen=True)
class Activity:
    """One look at a machine. `last_used`: how many seconds ago something was typed, run,
    printed or saved, None if nothing was; `last_used_by` says what. `people`: connections of
    browsers to kernels, which a forgotten tab has too. `unknown`: why something could not be
    found out, empty if everything was. `took`: seconds that the probe needed. `passwords`: the ids
    of people whose one-time password still waits, None where that is not known."""

    work: tuple[Work, ...] = ()
    last_used: float | None = None
    last_used_by: str = ""
    people: int = 0
    cpu: float = 0.0
    unknown: str = ""
    took: float = 0.0
    idle_kernels: tuple[IdleKernel, ...] = ()
    passwords: tuple[str, ...] | None = None

    @property
    def busy(self) -> bool | None:
        """Whether it is at work; None where nobody can say that it is not."""
        return True if self.work else None if self.unknown else False


def unknown_activity(reason: str) -> Activity:
    """A look that saw nothing, and why."""
    return Activity(unknown=reason or N_("the machine gave no reason"))


def averaged(activity: Activity, before: Collection[IdleKernel]) -> Activity:
    """The activity with those idle kernels as work that took CPU since the look that saw
    `before`, although they ran no cell in all of that time."""
    earlier = {each.key: each for each in before}
    known, found = {work.key for work in activity.work}, []
    for kernel in activity.idle_kernels:
        then = earlier.get(kernel.key)
        if then is None or f"process:{kernel.key}" in known:
            continue
        elapsed = kernel.age - then.age
        if elapsed <= 0 or kernel.quiet < elapsed:
            continue
        share = (kernel.cpu_seconds - then.cpu_seconds) / elapsed
        if share >= AVERAGE_BUSY_CPU:
            key = f"process:{kernel.key}"
            found.append(Work(WorkKind.KERNEL, key, kernel.what, kernel.age, round(share, 3)))
    return replace(activity, work=activity.work + tuple(found))


def read_activity(report: Mapping[str, Any]) -> Activity:
    """The facts of a probe's report. A report of another shape is unknown, with the reason."""
    try:
        return _read(report)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return unknown_activity(
            N_("the machine's report is not understood ({error})", error=repr(error))
        )


def _read(report: Mapping[str, Any]) -> Activity:
    unknown = [f"{name}: {reason}" for name, reason in dict(report["unknown"]).items()]
    kernels, processes = report["kernels"] or (), report["processes"] or ()
    terminals, gpu = report["terminals"] or (), report["gpu"] or ()
    work = [*_cells(kernels, processes), *_running(processes, kernels)]
    work += [Work(WorkKind.GPU, f"gpu:{pid}", N_("GPU process {pid}", pid=pid)) for pid in gpu]
    work += _sessions(report["ssh"] or ())
    unknown += _strange_states(kernels)
    files = report["files"] or {}
    signs = [
        (each["quiet_seconds"], N_("{what} last said something", what=_name(each)))
        for each in kernels
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
    )


def _cells(
    kernels: Iterable[Mapping[str, Any]], processes: Iterable[Mapping[str, Any]]
) -> list[Work]:
    """A kernel that says that it runs something, with the CPU of all that is in it."""
    found = []
    for kernel in kernels:
        if _is_busy(kernel):
            inside = [float(each["cpu"]) for each in processes if each["within"] == kernel["id"]]
            seconds = kernel["busy_seconds"]
            age = float(kernel["quiet_seconds"] if seconds is None else seconds)
            key = f"cell:{kernel['id']}:{kernel['busy_since']}"
            found.append(Work(WorkKind.CELL, key, _name(kernel), age, round(sum(inside), 3)))
    return found


def _is_busy(kernel: Mapping[str, Any]) -> bool:
    if kernel["state"] == "starting":
        return float(kernel["quiet_seconds"]) < STARTING_SECONDS
    return kernel["state"] in _BUSY_STATES


def _running(
    processes: Iterable[Mapping[str, Any]], kernels: Iterable[Mapping[str, Any]]
) -> list[Work]:
    """Processes beyond the server, idle kernels and bare shells; those too if they take CPU."""
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
        found.append(Work(group, key, str(each["name"]), float(each["seconds"]), cpu))
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
    """The same for as long as it is the same process; ids are used again."""
    return f"{process['pid']}-{process['started']}"


def _sessions(sessions: Iterable[Mapping[str, Any]]) -> list[Work]:
    return [
        Work(
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
