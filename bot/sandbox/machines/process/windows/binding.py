"""Cmdlets and their parameters: an unknown or a missing mandatory parameter is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import (
    Parameter,
    PowerShellError,
    Value,
    convert,
    truth,
)

Arguments = Mapping[str, Value]
Run = Callable[[Session, Arguments, list[Value]], list[Value]]

SWITCH = "switch"
ANY = ""
_COMMON = {"erroraction": "string"}


@dataclass(frozen=True)
class Cmdlet:
    """A cmdlet.

    `parameters` maps a name in lower case to its type (`SWITCH`, `ANY`, or one that
    `values.convert` knows). `positional` parameters may come without their names.
    """

    name: str
    run: Run
    parameters: Mapping[str, str]
    positional: Sequence[str] = ()
    mandatory: Sequence[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def bind(self, words: Sequence[Parameter]) -> dict[str, Value]:
        """Return names in lower case -> values. Raise PowerShellError."""
        known = {**self.parameters, **_COMMON}
        bound = read_words(self.name, words, known, self.positional)
        missing = [name for name in self.mandatory if bound.get(name) in (None, "")]
        if missing:
            raise PowerShellError(
                f"Cannot process command because of one or more missing mandatory parameters: "
                f"{self.name} -{' -'.join(missing)}"
            )
        for name, allowed in self.choices.items():
            if name in bound and str(bound[name]).lower() not in {a.lower() for a in allowed}:
                raise PowerShellError(
                    f"{self.name}: {bound[name]} is not a value of -{name} that this stand-in "
                    f"knows: {', '.join(allowed)}"
                )
        return bound


def read_words(
    command: str, words: Sequence[Parameter], known: Mapping[str, str], positional: Sequence[str]
) -> dict[str, Value]:
    """Pair names with values. A name that takes a value takes the next word."""
    bound: dict[str, Value] = {}
    free = list(positional)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = word.name.lower()
        if not word.name:
            name = next((each for each in free if each not in bound), "")
            if not name:
                raise PowerShellError(
                    f"{command}: A positional parameter cannot be found that accepts argument "
                    f"'{word.value}'."
                )
            bound[name] = _converted(command, name, known[name], word.value)
        elif name not in known:
            raise PowerShellError(
                f"{command}: A parameter cannot be found that matches parameter name "
                f"'{word.name}', or this stand-in does not know it."
            )
        elif word.has_value or known[name] == SWITCH:
            value = word.value if word.has_value else True
            bound[name] = _converted(command, name, known[name], value)
        else:
            if not rest or rest[0].name:
                raise PowerShellError(f"{command}: Missing an argument for parameter '{name}'.")
            bound[name] = _converted(command, name, known[name], rest.pop(0).value)
    return bound


def _converted(command: str, name: str, kind: str, value: Value) -> Value:
    if kind == ANY:
        return value
    if kind == SWITCH:
        return truth(value)
    try:
        return convert(kind, value)
    except PowerShellError as error:
        raise PowerShellError(f"{command} -{name}: {error}") from None
