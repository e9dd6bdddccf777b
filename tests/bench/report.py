"""Figures with their goals, as a table and as JSON."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`goal` is the largest good value, None where there is none."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""


@dataclass
class Report:
    """Collects and writes."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, goal: float | None = None, note: str = ""):
        self.figures.append(Figure(name, round(value, 3), unit, goal, note))
        print(self._line(self.figures[-1]), flush=True)

    def _line(self, figure: Figure) -> str:
        verdict = ""
        if figure.goal is not None:
            verdict = f"goal <= {figure.goal:g}: {'ok' if figure.value <= figure.goal else 'NO'}"
        value = f"{figure.value:>10.3f} {figure.unit:<5}"
        return f"{figure.name:<52}{value} {verdict:<20} {figure.note}".rstrip()

    def write(self, path: Path) -> None:
        content = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "figures": [asdict(figure) for figure in self.figures],
        }
        path.write_text(json.dumps(content, indent=2) + "\n")


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
