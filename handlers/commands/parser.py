"""Text -> command. Pure: no I/O, and no exception but `UserError`."""

import difflib
import html
import re
from dataclasses import dataclass, field

from handlers.commands.registry import BY_WORD, COMMAND, Subcommand, subcommands
from handlers.kit.mentions import without_markup
from provisioning.core.errors import UserError
from provisioning.core.language import _, number

LONGEST_TEXT = 4_000
"""Characters. Who pastes a private key by mistake must be told, so one of RSA fits."""

YES = "yes"
"""The value of a flag that stands there; one that doesn't is absent."""

# What phones and macOS make of quotes and of two hyphens.
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "--", "—": "--"})
_WORD = re.compile(r"""(?:[^\s"']+|"[^"]*"|'[^']*')+""")
_QUOTED_PART = re.compile(r"""[^"']+|"[^"]*"|'[^']*'""")


@dataclass(frozen=True)
class Command:
    """A subcommand and its arguments by name; missing optional ones are absent."""

    name: str
    arguments: dict[str, str] = field(default_factory=dict)

    def get(self, argument: str) -> str | None:
        """The argument's value, None if it was left out."""
        return self.arguments.get(argument)

    def canonical(self) -> str:
        """The text that parses to this command again."""
        subcommand = BY_WORD[self.name]
        words = [self.name]
        for argument in (*subcommand.required, *subcommand.optional, subcommand.rest):
            if argument in self.arguments:
                words.append(_quoted(self.arguments[argument]))
        for option in subcommand.options:
            if option in self.arguments:
                words += [f"--{option}", _quoted(self.arguments[option])]
        words += [f"--{flag}" for flag in subcommand.flags if flag in self.arguments]
        return " ".join(words)


def parse(text: str) -> Command:
    """What was asked for; nothing at all is `overview`.

    Raises:
        UserError: saying what was not understood and what would be.
    """
    if len(text) > LONGEST_TEXT:
        raise UserError(
            _(
                "That is {length} characters long and I read at most {most}. Type `{help}` to "
                "see what I understand.",
                length=number(len(text)),
                most=number(LONGEST_TEXT),
                help=f"{COMMAND} help",
            )
        )
    words = _split(html.unescape(without_markup(text)).translate(_PLAIN))
    if not words:
        return Command("overview")
    for length in (2, 1):  # two words are more precise than their first
        subcommand = BY_WORD.get(" ".join(words[:length]).lower())
        if subcommand is not None:
            return Command(subcommand.name, _arguments(subcommand, words[length:]))
    raise UserError(unknown_subcommand(words[0]))


def _split(text: str) -> list[str]:
    words = _WORD.findall(text)
    if _WORD.sub("", text).strip():  # only a quote that is alone is no part of a word
        raise UserError(
            _("A quote opens and doesn't close. Close it or leave it out: names need no quotes.")
        )
    return ["".join(map(_unquoted, _QUOTED_PART.findall(word))) for word in words]


def _unquoted(part: str) -> str:
    return part[1:-1] if part[0] in "\"'" else part


def _quoted(word: str) -> str:
    if word and not re.search(r"[\s\"']", word):
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


def _arguments(subcommand: Subcommand, words: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    positional: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("--") or word.startswith("---"):  # a line of dashes is no option
            positional.append(word)
            continue
        name, has_value, value = word[2:].partition("=")
        name = name.lower()
        if name in subcommand.flags and not has_value:
            values[name] = YES
            continue
        if name not in subcommand.options:
            raise UserError(
                _(
                    "`{command}` has no option `--{option}`. {usage}",
                    command=subcommand.name,
                    option=clip(name),
                    usage=_usage(subcommand),
                )
            )
        if name in values:
            raise UserError(
                _(
                    "`--{option}` stands there twice. {usage}",
                    option=name,
                    usage=_usage(subcommand),
                )
            )
        following = value if has_value else next(rest, "")
        if not following or following.startswith("--"):
            raise UserError(
                _(
                    "`--{option}` needs a value after it. {usage}",
                    option=name,
                    usage=_usage(subcommand),
                )
            )
        values[name] = following
    places = (*subcommand.required, *subcommand.optional)
    if subcommand.rest and len(positional) > len(places):
        values[subcommand.rest] = " ".join(positional[len(places) :])
        del positional[len(places) :]
    if len(positional) > len(places):
        extra = clip(positional[len(places)])
        raise UserError(
            _(
                "I don't know what to do with `{word}`. {usage}",
                word=extra,
                usage=_usage(subcommand),
            )
        )
    missing = subcommand.required[len(positional) :]
    if missing:
        raise UserError(
            _(
                "`{command}` needs a {argument}. {usage}",
                command=subcommand.name,
                argument=missing[0],
                usage=_usage(subcommand),
            )
        )
    return values | dict(zip(places, positional, strict=False))


def _usage(subcommand: Subcommand) -> str:
    usage = f"{COMMAND} {subcommand.name} {subcommand.usage}".rstrip()
    if not subcommand.example:
        return _("Usage: `{usage}`.", usage=usage)
    example = f"{COMMAND} {subcommand.example}"
    return _("Usage: `{usage}`, for example `{example}`.", usage=usage, example=example)


def unknown_subcommand(word: str) -> str:
    """The sentence that echoes the word and says what there is instead."""
    near = difflib.get_close_matches(word.lower(), BY_WORD, n=1)
    known = ", ".join(f"`{each.name}`" for each in subcommands())
    if near:
        return _(
            "I don't know `{word}`. Did you mean `{near}`? I understand {known}.",
            word=clip(word),
            near=BY_WORD[near[0]].name,
            known=known,
        )
    return _("I don't know `{word}`. I understand {known}.", word=clip(word), known=known)


def clip(text: str, longest: int = 40) -> str:
    """Text as somebody typed it, fit for a code span."""
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
