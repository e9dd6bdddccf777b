"""What a machine is used for, by the report of its probe. Pure; decides nothing.

There are two separate facts: the machine is busy (`busy`), and a person used it (`last_used`).
If the probe could not look everywhere, "not busy" becomes unknown, and "busy" stays true. All ages
are in seconds by the machine's own clock.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from provisioning.core.language import N_, StoredText
from provisioning.core.model.machine import DiskUse

AVERAGE_BUSY_CPU = 0.01
"""Share of one CPU, between two probes, from which an idle kernel counts as busy.

A short sample misses a thread that computes now and then, or on a machine under load.
"""


class WorkKind(StrEnum):
    """The kinds of work."""

    CELL = "cell"
    KERNEL = "kernel"
    TERMINAL = "terminal"
    PROCESS = "process"
    GPU = "gpu"
    SSH = "ssh"


@dataclass(frozen=True)
class Workload:
    """A cell, kernel, terminal or process that keeps the machine busy.

    `key` stays the same for the same piece of work. `what` is its name for people. `cpu` is the
    share of one CPU, None if unknown.
    """

    kind: WorkKind
    key: str
    what: str
    seconds: float = 0.0
    cpu: float | None = None


@dataclass(frozen=True)
class IdleKernel:
    """The process of a kernel that reports itself idle.

    `cpu_seconds` is the CPU time of its whole life, `quiet` the time since its last message; all
    times are in seconds.
    """

    key: str
    what: StoredText
    cpu_seconds: float
    age: float
    quiet: float


@dataclass(frozen=True)
class Activity:
    """The result of one probe.

    `last_used` is the time in seconds since something was typed, run, printed or saved, None if
    nothing was; `last_used_by` says what. `people` counts the browsers connected to kernels, a
    forgotten tab included. `unknown` says why something could not be found out, "" if everything
    was. `took` is the duration of the probe in seconds. `passwords` has the ids of people whose
    one-time password is unused, None if unknown. `disk` is None if unknown.
    """

    work: tuple[Workload, ...] = ()
    last_used: float | None = None
    last_used_by: str = ""
    people: int = 0
    cpu: float = 0.0
    unknown: str = ""
    took: float = 0.0
    idle_kernels: tuple[IdleKernel, ...] = ()
    passwords: tuple[str, ...] | None = None
    disk: DiskUse | None = None

    @property
    def busy(self) -> bool | None:
        """Whether the machine is busy; None if the probe can't rule it out."""
        return True if self.work else None if self.unknown else False


def unknown_activity(reason: str) -> Activity:
    """Return the result of a probe that failed, with the reason."""
    return Activity(unknown=reason or N_("the machine gave no reason"))


def averaged(activity: Activity, before: Collection[IdleKernel]) -> Activity:
    """Return the activity with idle kernels as work that used CPU since the probe before.

    `before` are the idle kernels of that probe. A kernel counts if it ran no cell in between.
    """
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
            found.append(Workload(WorkKind.KERNEL, key, kernel.what, kernel.age, round(share, 3)))
    return replace(activity, work=activity.work + tuple(found))


class Use(StrEnum):
    """The kinds of use: busy; not busy but in use by a person; idle."""

    BUSY = "busy"
    PRESENT = "present"
    IDLE = "idle"


@dataclass(frozen=True)
class Stretch:
    """A time in which a server's use did not change."""

    server_id: str
    use: Use
    since: datetime
    until: datetime


class Uses(Protocol):
    """The store of stretches."""

    async def note_use(self, stretch: Stretch) -> None:
        """Add a stretch, joined to the one before if there is no gap. Idempotent: time that is
        already stored is not stored twice."""
        ...

    async def uses(self, server_ids: Collection[str], since: datetime) -> Sequence[Stretch]:
        """Return the servers' stretches that end after `since`, oldest first for each server."""
        ...

    async def forget_uses(self, before: datetime) -> None:
        """Remove the stretches that ended before a moment."""
        ...
