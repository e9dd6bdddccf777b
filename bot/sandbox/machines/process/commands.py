"""Command lines of unit files: prefixes, quotes and variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(r"""\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+)""")
_PIECE = re.compile(r"""\\(.)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\\"']+)""")
_ESCAPES = {"n": "\n", "t": "\t", "s": " ", "r": "\r"}


@dataclass(frozen=True)
class Command:
    """One Exec line. `may_fail` is the prefix `-`: a failure is ignored."""

    argv: tuple[str, ...]
    may_fail: bool


def parse_command(line: str, environ: Mapping[str, str]) -> Command:
    """Return a parsed line. Raise ValueError for a line that systemd would refuse."""
    prefix = re.match(r"[-@:+!|]*", line)
    marks = prefix[0] if prefix else ""
    if "@" in marks or "|" in marks:
        raise ValueError(f"the prefix '{marks}' is not supported here: {line}")
    words = split_words(line[len(marks) :])
    if not words:
        raise ValueError(f"Empty path in command line: {line}")
    argv = words if ":" in marks else [w for word in words for w in _variables(word, environ)]
    return Command(tuple(argv), "-" in marks)


def split_words(text: str) -> list[str]:
    """Split a line into words as systemd does: quotes of both kinds, backslash escapes."""
    words, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise ValueError(f"Unbalanced quoting: {text}")
        words.append("".join(_unquoted(piece) for piece in _PIECE.finditer(match[1])))
        position = match.end()
    return words


def _unquoted(piece: re.Match[str]) -> str:
    if piece[1] is not None:
        return _ESCAPES.get(piece[1], piece[1])
    if piece[4] is not None:
        return piece[4]
    inner = piece[2] if piece[2] is not None else piece[3]
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner)


def _variables(word: str, environ: Mapping[str, str]) -> list[str]:
    """Put in the variables: `$NAME` alone becomes several words, `${NAME}` stays in its word."""
    alone = re.fullmatch(r"\$([A-Za-z_]\w*)", word)
    if alone:
        return environ.get(alone[1], "").split()
    filled = re.sub(r"\$\{([A-Za-z_]\w*)\}", lambda m: environ.get(m[1], ""), word)
    return [filled.replace("$$", "$")]


def read_environment_file(path: Path) -> dict[str, str]:
    """Return the assignments of an EnvironmentFile with comments, blank lines and quotes."""
    found = {}
    for raw in path.read_text().splitlines():
        line = raw.strip()
        name, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            found[name.strip()] = "".join(split_words(value)) if value[:1] in "\"'" else value
    return found


def assignments(values: list[str]) -> dict[str, str]:
    """Return the variables of Environment= lines."""
    found = {}
    for value in values:
        for word in split_words(value):
            name, _, content = word.partition("=")
            found[name] = content
    return found
