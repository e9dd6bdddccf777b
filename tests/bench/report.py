"""The figures with their goals, as a table and as JSON."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Figure:
    """One figure: `goal` is the largest good value or None, `note` shows the calculation."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "ok" if self.value <= self.goal else "NO"

    def line(self) -> str:
        """Return the figure as one row of the table."""
        digits = 0 if self.value == int(self.value) and not self.unit else 3
        goal = "" if self.goal is None else f"<= {self.goal:g}"
        columns = f"{self.name:<50}{self.value:>11.{digits}f} {self.unit:<3}{goal:>9} "
        return f"{columns}{self.verdict:<3} {self.note}".rstrip()


@dataclass
class Report:
    """Prints each figure as soon as it is known, and writes all of them at the end."""

    figures: list[Figure] = field(default_factory=list)

    def head(self) -> None:
        """Print the computer's facts and the table's head."""
        facts = ", ".join(f"{name} {value}" for name, value in machine().items())
        print(f"{facts}\n{'name':<50}{'value':>11}    {'goal':>9}", flush=True)

    def add(
        self, name: str, value: float, unit: str, goal: float | None = None, note: str = ""
    ) -> None:
        figure = Figure(name, round(value, 3), unit, goal, note)
        self.figures.append(figure)
        print(figure.line(), flush=True)

    @property
    def missed(self) -> list[Figure]:
        """The figures that are worse than their goal."""
        return [each for each in self.figures if each.verdict == "NO"]

    def write(self, path: Path, *, complete: bool) -> None:
        """Write the figures; `complete` is false for a run that was stopped or has failed."""
        figures = [asdict(each) | {"verdict": each.verdict} for each in self.figures]
        content = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": complete,
            "machine": machine(),
            "figures": figures,
        }
        path.write_text(json.dumps(content, indent=2) + "\n")


def machine() -> dict[str, str | int | float]:
    """Return the computer's facts, which the figures depend on, and its present load."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 1024**3, 1),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }
