"""The names of all settings, and the names that are none."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel

from provisioning.core.model.hours import WorkingHours

PREFIX = "NOTEBOOK_BOT_"


def is_section(kind: object) -> bool:
    """Return whether a field of this type is a section with fields of its own."""
    if not isinstance(kind, type) or kind is WorkingHours:
        return False
    return issubclass(kind, BaseModel) or is_dataclass(kind)


def fields_of(section: type) -> dict[str, Any]:
    """Return the type of each field of a section by its name, in the order of the source."""
    hints = get_type_hints(section, include_extras=False)
    if issubclass(section, BaseModel):
        return {name: hints[name] for name in section.model_fields}
    # By `is_section` it is a dataclass, which the type does not say.
    return {each.name: hints[each.name] for each in fields(section)}  # type: ignore[arg-type]


def settings_of(section: type, prefix: str = PREFIX) -> Iterator[tuple[str, Any]]:
    """Yield the variable's name and the type of each setting of a section and those below it."""
    for name, kind in fields_of(section).items():
        variable = f"{prefix}{name.upper()}"
        if is_section(kind):
            yield from settings_of(kind, f"{variable}__")
        else:
            yield variable, kind


def is_secret(variable: str) -> bool:
    """Return whether the value of a setting must not be shown."""
    return variable.endswith(("_TOKEN", "_SECRET"))


def flattened(tree: Mapping[str, Any], prefix: str = PREFIX) -> dict[str, Any]:
    """Return the values of a tree of sections by their variables' names."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(value, Mapping):
            found |= flattened(value, f"{variable}__")
        else:
            found[variable] = value
    return found


def unknown_names(names: Collection[str], known: Collection[str]) -> list[str]:
    """Return a line about each name that is no setting, with the most similar one."""
    lines = []
    for name in sorted(set(names) - set(known)):
        similar = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        hint = f"Did you mean {similar[0]}?" if similar else "docs/settings.md lists all."
        lines.append(f"{name} is no setting. {hint}")
    return lines
