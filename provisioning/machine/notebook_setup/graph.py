"""Running steps: each one after the steps it needs, and otherwise in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from .commands import log
from .disk_full import DiskFullError, is_full
from .errors import INTERNAL_ERROR, CommandError, SetUpError
from .events import Reporter

PAUSES = (2.0, 8.0)
"""Seconds before each further try of a step that downloads."""


@dataclass(frozen=True)
class Step:
    """A step of the set-up.

    - `ensure` is idempotent and returns whether it changed anything.
    - `after` names the steps that must be done first.
    - `fetches`: it downloads, so that what fails now may work some seconds later. A program of it
      that fails is run again after each of `PAUSES`.
    """

    name: str
    ensure: Callable[[], bool]
    after: tuple[str, ...] = ()
    fetches: bool = False


class StepFailedError(SetUpError):
    """A step failed, and the steps that ran in parallel have ended."""

    def __init__(self, step: str, cause: SetUpError) -> None:
        super().__init__(cause.reason, cause.detail)
        self.step = step
        self.code = cause.code


def run_steps(steps: Sequence[Step], reporter: Reporter) -> list[str]:
    """Run all steps and return the names of those that changed anything, in the order of `steps`.

    Raises `StepFailedError` for the first failure, once the other steps that had begun have ended.
    """
    changed: dict[str, bool] = {}
    running: dict[Future[bool], Step] = {}
    waiting = list(steps)
    failure: StepFailedError | None = None
    with ThreadPoolExecutor(max_workers=len(steps)) as threads:
        while waiting or running:
            ready = [step for step in waiting if all(name in changed for name in step.after)]
            for step in ready:
                waiting.remove(step)
                running[threads.submit(_run, step, reporter)] = step
            if not running:
                raise ValueError(f"steps that wait for each other: {[s.name for s in waiting]}")
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step = running.pop(future)
                try:
                    changed[step.name] = future.result()
                except Exception as error:
                    failure = failure or StepFailedError(step.name, _explained(error))
            if failure:
                waiting.clear()
    if failure:
        raise failure
    return [step.name for step in steps if changed[step.name]]


def _run(step: Step, reporter: Reporter) -> bool:
    began = time.monotonic()
    reporter.step_started(step.name)
    log(f"# {step.name} begins")
    changed = _ensured(step)
    log(f"# {step.name} is done in {time.monotonic() - began:.1f} s")
    reporter.step_done(step.name, time.monotonic() - began, changed)
    return changed


def _ensured(step: Step) -> bool:
    for pause in PAUSES if step.fetches else ():
        try:
            return step.ensure()
        except CommandError as error:
            log(f"# {step.name} is tried again in {pause:.0f} s: {error.reason}")
            time.sleep(pause)
    return step.ensure()


def _explained(error: Exception) -> SetUpError:
    if isinstance(error, SetUpError):
        return error
    if is_full(error):
        return DiskFullError(repr(error))
    if isinstance(error, OSError):
        what = f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        return SetUpError(
            f"A file on the machine could not be read or written: {what}.", repr(error)
        )
    return SetUpError(INTERNAL_ERROR, repr(error))
