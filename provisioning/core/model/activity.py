"""What a machine is used for, read from its probe's report. Pure; decides nothing.

Two separate facts: it is at work (`busy`), and a person was there (`last_used`). What the
probe could not find out makes "not at work" unknown, never "at work" less true. All ages
are in seconds by the machine's own clock.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from provisioning.core.language import N_, StoredText

AVERAGE_BUSY_CPU = 0.01
"""The same for an idle kernel over the whole time between two looks: a thread that works a
little now and then, or beside others on a busy machine, is missed by a short sample."""


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


class Use(StrEnum):
    """At work; not at work, but a person was there; neither."""

    BUSY = "busy"
    PRESENT = "present"
    IDLE = "idle"


@dataclass(frozen=True)
class Stretch:
    """A time without a change of its use."""

    server_id: str
    use: Use
    since: datetime
    until: datetime


class Uses(Protocol):
    """Where stretches are kept."""

    async def note_use(self, stretch: Stretch) -> None:
        """Keep it, joined to the one before where nothing is between. What is kept already of
        its time is not kept twice, whoever asks how often."""
        ...

    async def uses(self, server_ids: Collection[str], since: datetime) -> Sequence[Stretch]:
        """The stretches of these servers that end after `since`, oldest first in each."""
        ...

    async def forget_uses(self, before: datetime) -> None:
        """Remove what ended before."""
        ...
