"""Shapes of JSON values, and Slack's messages for values that break them.

A shape is data with one method: `check(value, where, say)` calls `say(problem, where)` for each
breach. `where` is a JSON pointer. The shapes of Block Kit are in `limits`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Say = Callable[[str, str], None]


class Shape(Protocol):
    """The required form of a value."""

    @property
    def required(self) -> bool:
        """Whether the value must be present."""
        ...

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report what is wrong with a value that is present."""
        ...


@dataclass(frozen=True)
class Anything:
    """A field that Slack knows and that local Slack does not check."""

    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Accept any value."""


@dataclass(frozen=True)
class String:
    """A string of at most `most` characters, or one of `words`."""

    most: int = 3000
    least: int = 0
    words: frozenset[str] = frozenset()
    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report a value that is no string, too long, or not one of the words."""
        if not isinstance(value, str):
            say("must provide a string", where)
        elif self.words and value not in self.words:
            say(f"must be one of: {', '.join(sorted(self.words))}", where)
        else:
            _check_length(value, self.least, self.most, where, say)


@dataclass(frozen=True)
class Text:
    """A text object of 1 to `most` characters; `plain` refuses mrkdwn."""

    most: int
    plain: bool = False
    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report a value that is no text object, or whose text is too short or too long."""
        if not isinstance(value, dict):
            say("must provide an object", where)
            return
        kinds = ("plain_text",) if self.plain else ("plain_text", "mrkdwn")
        if value.get("type") not in kinds:
            say(f"must be one of: {', '.join(kinds)}", f"{where}/type")
        for name in sorted(set(value) - {"type", "text", "emoji", "verbatim"}):
            say(f"invalid additional property: {name}", where)
        if isinstance(value.get("text"), str):
            _check_length(value["text"], 1, self.most, f"{where}/text", say)
        else:
            say("missing required field: text", where)


def _check_length(value: str, least: int, most: int, where: str, say: Say) -> None:
    if len(value) < least:
        say(f"must be more than {least - 1} characters", where)
    if len(value) > most:
        say(f"must be less than {most + 1} characters", where)


@dataclass(frozen=True)
class Items:
    """A list of `least` to `most` values of one shape."""

    of: Shape
    most: int
    least: int = 1
    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report a wrong length, and the breaches of each value."""
        if not isinstance(value, list):
            say("must provide an array", where)
            return
        if len(value) < self.least:
            say(f"no fewer than {self.least} items required", where)
        if len(value) > self.most:
            say(f"no more than {self.most} items allowed", where)
        for number, item in enumerate(value):
            self.of.check(item, f"{where}/{number}", say)


@dataclass(frozen=True)
class Fields:
    """An object with these fields and no other; each group in `any_of` needs at least one field."""

    fields: Mapping[str, Shape]
    any_of: Sequence[tuple[str, ...]] = ()
    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report missing and unknown fields, and the breaches of each field."""
        if not isinstance(value, dict):
            say("must provide an object", where)
            return
        for name in value:
            if name not in self.fields:
                say(f"invalid additional property: {name}", where)
        for name, shape in self.fields.items():
            if value.get(name) is not None:
                shape.check(value[name], f"{where}/{name}", say)
            elif shape.required:
                say(f"missing required field: {name}", where)
        for group in self.any_of:
            if all(value.get(name) is None for name in group):
                say(f"must define either {' or '.join(f'`{name}`' for name in group)}", where)


@dataclass(frozen=True)
class OneOf:
    """An object whose `type` names its shape. `common` are fields of every type."""

    shapes: Mapping[str, Fields]
    only: frozenset[str] = frozenset()
    common: Mapping[str, Shape] = field(default_factory=dict)
    required: bool = False

    def check(self, value: Any, where: str, say: Say) -> None:
        """Report an unknown type, and the breaches of the type's shape."""
        if not isinstance(value, dict):
            say("must provide an object", where)
            return
        kind = value.get("type")
        if kind is None:
            say("missing required field: type", where)
        elif kind not in self.shapes or (self.only and kind not in self.only):
            say(f"unsupported type: {kind}", f"{where}/type")
        else:
            shape = self.shapes[kind]
            fields = {"type": Anything(), **self.common, **shape.fields}
            Fields(fields, shape.any_of).check(value, where, say)
