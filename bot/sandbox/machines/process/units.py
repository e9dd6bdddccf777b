"""Unit files: how systemd reads them, and what it would complain about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.machines.process.directives import HONOURED, RECORDED, RESTARTS, TYPES
from bot.sandbox.machines.process.tree import Tree

SUFFIXES = (".service", ".target", ".timer")

_KILL_MODES = frozenset({"control-group", "mixed", "process", "none"})
_SPELLINGS = {
    "us": 1e-6,
    "ms": 1e-3,
    "s sec second seconds": 1,
    "m min minute minutes": 60,
    "h hr hour hours": 3600,
    "d day days": 86400,
    "w week weeks": 604800,
}
_UNITS = {name: seconds for names, seconds in _SPELLINGS.items() for name in names.split()}


@dataclass
class Unit:
    """A unit as it was read.

    `values` is section -> key -> values in order; an empty assignment has reset the list. `errors`
    make a start impossible ("bad-setting").
    """

    name: str
    path: Path
    values: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    sources: dict[Path, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def all(self, section: str, key: str) -> list[str]:
        return self.values.get(section, {}).get(key, [])

    def last(self, section: str, key: str, default: str = "") -> str:
        found = self.all(section, key)
        return found[-1] if found else default

    def words(self, section: str, key: str) -> list[str]:
        return [word for value in self.all(section, key) for word in value.split()]

    def seconds(self, section: str, key: str, default: float) -> float:
        value = self.last(section, key)
        return time_span(value) if value else default

    def flag(self, section: str, key: str, default: bool = False) -> bool:
        value = self.last(section, key).lower()
        return value in {"yes", "true", "on", "1"} if value else default

    @property
    def changed_on_disk(self) -> bool:
        """Whether a file of the unit has changed since it was read: `daemon-reload` is due."""
        return any(
            not path.exists() or path.stat().st_mtime_ns != stamp
            for path, stamp in self.sources.items()
        )

    @property
    def drop_ins(self) -> list[Path]:
        return [path for path in self.sources if path != self.path]


def time_span(text: str) -> float:
    """Return the seconds of systemd's `5`, `1min 30s`, `infinity`. Raise ValueError."""
    if text.strip() == "infinity":
        return float("inf")
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text)
    if not parts or re.sub(r"(\d+(?:\.\d+)?)\s*([a-z]*)|\s", "", text):
        raise ValueError(f"Failed to parse time span: {text}")
    total = 0.0
    for number, unit in parts:
        if unit and unit not in _UNITS:
            raise ValueError(f"Failed to parse time span: {text}")
        total += float(number) * _UNITS.get(unit, 1)
    return total


def load(name: str, directories: list[Path]) -> Unit | None:
    """Read a unit and its drop-ins from the first directory that has it; None if none does.

    `a@b.service` is read from `a@.service`.
    """
    template = re.sub(r"@[^.]+\.", "@.", name)
    names = list(dict.fromkeys((name, template)))
    path = next(
        (d / n for d in directories for n in names if (d / n).is_file()),
        None,
    )
    if path is None:
        return None
    unit = Unit(name, path)
    files = [path]
    for directory in reversed(directories):
        for one in names:
            files += sorted((directory / f"{one}.d").glob("*.conf"))
    for file in files:
        unit.sources[file] = file.stat().st_mtime_ns
        _read(unit, file)
    _expand(unit)
    _check(unit)
    return unit


def _read(unit: Unit, path: Path) -> None:
    section = ""
    for number, line in _logical_lines(path.read_text()):
        where = f"{path}:{number}"
        if line.startswith("["):
            section = line.strip("[]")
            if section not in HONOURED and not section.startswith("X-"):
                unit.warnings.append(f"{where}: Unknown section '{section}'. Ignoring.")
            continue
        key, equals, value = line.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not section:
            unit.warnings.append(f"{where}: Missing '=', ignoring line.")
        elif section not in HONOURED:
            continue
        elif key not in HONOURED[section] | RECORDED[section]:
            unit.warnings.append(
                f"{where}: Unknown key name '{key}' in section '{section}', ignoring."
            )
        elif value:
            unit.values.setdefault(section, {}).setdefault(key, []).append(value)
        else:
            unit.values.setdefault(section, {})[key] = []


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines without comments, continuations joined, with their first number."""
    start, parts = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith(("#", ";")) or (not line and not parts):
            continue
        start = start or number
        if line.endswith("\\"):
            parts += line[:-1] + " "
            continue
        yield start, parts + line
        start, parts = 0, ""


def _expand(unit: Unit) -> None:
    """Put in the specifiers that make sense on a machine without a real root."""
    stem = unit.name.rpartition(".")[0]
    prefix, _, instance = stem.partition("@")
    known = {"%": "%", "n": unit.name, "N": stem, "p": prefix, "i": instance, "I": instance}

    def replaced(match: re.Match[str]) -> str:
        if match[1] not in known:
            unit.errors.append(f"{unit.path}: specifier %{match[1]} is not supported here")
            return match[0]
        return known[match[1]]

    for section in unit.values.values():
        for key, values in section.items():
            section[key] = [re.sub(r"%(.)", replaced, value) for value in values]


def _check(unit: Unit) -> None:
    """Note settings that systemd refuses to start or that this service manager can't do."""
    if unit.name.endswith(".service"):
        kind = unit.last("Service", "Type", "simple")
        starts = len(unit.all("Service", "ExecStart"))
        if kind not in TYPES:
            unit.errors.append(f"{unit.path}: Type={kind} is not supported here")
        if starts == 0 and not unit.all("Service", "ExecStop"):
            unit.errors.append("Service has no ExecStart=, ExecStop=, or SuccessAction=. Refusing.")
        if starts > 1 and kind != "oneshot":
            unit.errors.append(
                "Service has more than one ExecStart= setting, which is only allowed for "
                "Type=oneshot services. Refusing."
            )
        for key, allowed in (("Restart", RESTARTS), ("KillMode", _KILL_MODES)):
            value = unit.last("Service", key)
            if value and value not in allowed:
                unit.warnings.append(f"{unit.path}: Failed to parse {key}= value: {value}")
                unit.values["Service"][key] = []
    for section, key in _SPANS:
        for value in unit.all(section, key):
            try:
                time_span(value)
            except ValueError as error:
                unit.errors.append(f"{unit.path}: {key}=: {error}")


_SPANS = (
    ("Unit", "StartLimitIntervalSec"),
    ("Service", "RestartSec"),
    ("Service", "TimeoutSec"),
    ("Service", "TimeoutStartSec"),
    ("Service", "TimeoutStopSec"),
    ("Timer", "OnActiveSec"),
    ("Timer", "OnBootSec"),
    ("Timer", "OnStartupSec"),
    ("Timer", "OnUnitActiveSec"),
    ("Timer", "OnUnitInactiveSec"),
    ("Timer", "AccuracySec"),
    ("Timer", "RandomizedDelaySec"),
)


def condition_holds(unit: Unit, tree: Tree) -> bool:
    """Return whether ConditionPathExists= lets the unit start."""
    condition = unit.last("Unit", "ConditionPathExists")
    is_there = tree.inside(condition.removeprefix("!")).exists()
    return not condition or is_there != condition.startswith("!")
