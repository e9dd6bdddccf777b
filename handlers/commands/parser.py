"""Text -> command line. Pure: no I/O, and no exception but `UserError`."""

import difflib
import html
import re

from handlers.commands.registry import COMMAND, Command, CommandTable
from handlers.commands.request import CommandLine
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


def parse(text: str, table: CommandTable) -> CommandLine:
    """Return the command that a text names and its arguments; no text at all is `overview`.

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
        return CommandLine("overview")
    for length in (2, 1):  # two words are more precise than their first
        command = table.find(" ".join(words[:length]))
        if command is not None:
            return CommandLine(command.name, _arguments(command, words[length:]))
    raise UserError(unknown_command(words[0], table))


def _split(text: str) -> list[str]:
    words = _WORD.findall(text)
    if _WORD.sub("", text).strip():  # only a quote that is alone is no part of a word
        raise UserError(
            _("A quote opens and doesn't close. Close it or leave it out: names need no quotes.")
        )
    return ["".join(map(_unquoted, _QUOTED_PART.findall(word))) for word in words]


def _unquoted(part: str) -> str:
    return part[1:-1] if part[0] in "\"'" else part


def _arguments(command: Command, words: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    positional: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("--") or word.startswith("---"):  # a line of dashes is no option
            positional.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        name = name.lower()
        if name in command.flags and not equals:
            options[name] = YES
            continue
        _check_option(command, name, options)
        following = value if equals else next(rest, "")
        if not following or following.startswith("--"):
            raise UserError(
                _(
                    "`--{option}` needs a value after it. {usage}",
                    option=name,
                    usage=_usage(command),
                )
            )
        options[name] = following
    return options | _positional(command, positional)


def _check_option(command: Command, name: str, earlier: dict[str, str]) -> None:
    if name not in command.options:
        raise UserError(
            _(
                "`{command}` has no option `--{option}`. {usage}",
                command=command.name,
                option=clip(name),
                usage=_usage(command),
            )
        )
    if name in earlier:
        raise UserError(
            _("`--{option}` stands there twice. {usage}", option=name, usage=_usage(command))
        )


def _positional(command: Command, words: list[str]) -> dict[str, str]:
    places = (*command.required, *command.optional)
    values = dict(zip(places, words, strict=False))
    beyond = words[len(places) :]
    if beyond and not command.rest:
        raise UserError(
            _(
                "I don't know what to do with `{word}`. {usage}",
                word=clip(beyond[0]),
                usage=_usage(command),
            )
        )
    missing = command.required[len(words) :]
    if missing:
        raise UserError(
            _(
                "`{command}` needs a {argument}. {usage}",
                command=command.name,
                argument=missing[0],
                usage=_usage(command),
            )
        )
    return values | ({command.rest: " ".join(beyond)} if beyond else {})


def _usage(command: Command) -> str:
    usage = f"{COMMAND} {command.name} {command.usage}".rstrip()
    if not command.example:
        return _("Usage: `{usage}`.", usage=usage)
    example = f"{COMMAND} {command.example}"
    return _("Usage: `{usage}`, for example `{example}`.", usage=usage, example=example)


def unknown_command(word: str, table: CommandTable) -> str:
    """Return the sentence that echoes the word and says what there is instead."""
    near = difflib.get_close_matches(word.lower(), table.words, n=1)
    command = table.find(near[0]) if near else None
    known = ", ".join(f"`{name}`" for name in table.names())
    if command is not None:
        return _(
            "I don't know `{word}`. Did you mean `{near}`? I understand {known}.",
            word=clip(word),
            near=command.name,
            known=known,
        )
    return _("I don't know `{word}`. I understand {known}.", word=clip(word), known=known)


def clip(text: str, longest: int = 40) -> str:
    """Text as somebody typed it, fit for a code span."""
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
