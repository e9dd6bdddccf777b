"""What a check says, and how checks are run: a failing check is a line, never a traceback."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from bot.doctor.surroundings import Surroundings
from provisioning.core.errors import DatabaseDownError, NotYet, PermanentError, UserError

_SECONDS = 60.0
"""Longest time of one check."""

log = structlog.get_logger(__name__)


class Grade(StrEnum):
    """How well something is. `WARNING`: it works, but may not for long, or not as was meant."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class Diagnosis:
    """One line of the doctor: what is so, and the `remedy` unless it is well.

    `is_choice`: the line follows from the settings alone, so it is no news to an admin.
    """

    check: str
    grade: Grade
    text: str
    remedy: str = ""
    is_choice: bool = False

    @property
    def line(self) -> str:
        """The diagnosis as one line for people."""
        said = " ".join(f"{self.text} {self.remedy}".split())
        return f"{self.grade.value:<8} {self.check}: {said}"


@dataclass(frozen=True)
class Doctoring:
    """The lines of one check, in the order in which they were written."""

    check: str
    found: list[Diagnosis]

    def ok(self, text: str) -> None:
        """Say what is well."""
        self.found.append(Diagnosis(self.check, Grade.OK, text))

    def warn(self, text: str, remedy: str) -> None:
        """Say what may hurt later."""
        self.found.append(Diagnosis(self.check, Grade.WARNING, text, remedy))

    def advise(self, text: str, remedy: str = "") -> None:
        """Say what the settings allow, and an admin may not have meant."""
        self.found.append(Diagnosis(self.check, Grade.WARNING, text, remedy, is_choice=True))

    def broken(self, text: str, remedy: str = "") -> None:
        """Say what is wrong now."""
        self.found.append(Diagnosis(self.check, Grade.BROKEN, text, remedy))


Examination = Callable[[Surroundings, Doctoring], Awaitable[None]]
"""A check. What it raises of `provisioning.core.errors` is a line too."""


async def examine(
    checks: Mapping[str, Examination], surroundings: Surroundings
) -> Sequence[Diagnosis]:
    """Run the checks at the same time, and return their lines in the order of the table."""
    lines = await asyncio.gather(
        *(_examined(name, check, surroundings) for name, check in checks.items())
    )
    return [line for found in lines for line in found]


async def _examined(
    name: str, check: Examination, surroundings: Surroundings
) -> Iterable[Diagnosis]:
    doctoring = Doctoring(name, [])
    try:
        async with asyncio.timeout(_SECONDS):
            await check(surroundings, doctoring)
    except PermanentError as error:
        doctoring.broken(str(error.reason), str(error.remedy))
    except UserError as error:
        doctoring.broken(error.message)
    except NotYet as not_yet:
        doctoring.broken(str(not_yet.reason), "Check the network, then look again.")
    except DatabaseDownError:
        doctoring.broken("The database does not answer.", "Check that it runs, then look again.")
    except TimeoutError:
        doctoring.broken(f"There was no answer in {_SECONDS:.0f} seconds.", "Check the network.")
    except Exception as error:
        log.debug("check failed", check=name, exc_info=True)
        doctoring.broken(
            f"The check itself failed ({type(error).__name__}).",
            "Run it with NOTEBOOK_BOT_LOG_LEVEL=debug and report what the log says.",
        )
    return doctoring.found
