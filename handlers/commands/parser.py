"""The parser of the slash command's text. Pure: no I/O, and no exception but `UserError`."""

import difflib
import html
import re

from handlers.commands.registry import Command, CommandTable, command_name
from handlers.commands.request import CommandLine
from handlers.kit.mentions import without_markup
from provisioning.core.errors import UserError
from provisioning.core.language import _, number

LONGEST_TEXT = 4_000
"""Most characters of a command. A private RSA key fits, so that its paste gets a warning."""

MOST_USED = ("create", "list", "start", "stop", "password", "share", "delete")
"""The commands that the answer to an unknown one names."""

YES = "yes"
"""The value of a flag that was given; another flag is absent."""

# What phones, macOS, word processors and Slack make of quotes, hyphens and blanks.
_PLAIN = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("’‘‚‛′", "'"), **dict.fromkeys("‐‑−", "-")}
    | {"`": None}
)
_UNSEEN = str.maketrans(dict.fromkeys("\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c"))
_DASH_OF_AN_OPTION = re.compile(r"(?<!\S)[–—―](?=\w)")
_OTHER_DASH = re.compile(r"[–—―]")
_HELP = frozenset({"--help", "-h", "-?"})
_PAIRS = ("“”", "„“", "‘’", "„”")
_WORD = re.compile(r"""(?:[^\s"']+|"[^"]*"|'[^']*')+""")
_FIRST_WORD = re.compile(r"""\s*(?:"[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’|\S+)(?!\S)|\s*\S+""")
"""A word, or words in quotes, in front of a rest that is taken as it is."""
_QUOTED_PART = re.compile(r"""[^"']+|"[^"]*"|'[^']*'""")


def parse(text: str, table: CommandTable) -> CommandLine:
    """Return the command that a text names, with its arguments; an empty text is `overview`.

    Raises:
        UserError: if the text is no command, with the reason and the next step.
    """
    if len(text) > LONGEST_TEXT:
        raise UserError(
            _(
                "Your text has {length} characters, and I read at most {most}. Type `{help}` to "
                "see the commands.",
                length=number(len(text)),
                most=number(LONGEST_TEXT),
                help=f"{command_name()} help",
            )
        )
    as_typed = _typed(text)
    command, length = _command(as_typed.split(maxsplit=2), table)
    asks_for_help = len(as_typed.split()) == length + 1 and as_typed.split()[-1].lower() in _HELP
    if command is not None and command.verbatim and not asks_for_help:
        return CommandLine(command.name, _verbatim(command, _typed(text, named=True), length))
    words = _split(_plain(as_typed))
    if not words:
        return CommandLine("overview")
    command, length = _command(words, table)
    if command is None:
        return _half_a_command(words, table)
    if any(word.lower() in _HELP for word in words[length:]):
        return CommandLine("help", {"topic": command.name})
    return CommandLine(command.name, _arguments(command, words[length:]))


def _typed(text: str, *, named: bool = False) -> str:
    """Return a command as the member has typed it, without the slash command in front of it."""
    typed = html.unescape(without_markup(text.translate(_UNSEEN), named=named)).strip()
    while typed.lstrip("`").split(maxsplit=1)[:1] == [command_name()]:
        typed = typed.replace(command_name(), "", 1).strip()
    return typed


def _plain(text: str) -> str:
    """Return the text with the quotes, hyphens and blanks that a keyboard has."""
    with_options = _DASH_OF_AN_OPTION.sub("--", text.translate(_PLAIN))
    return _OTHER_DASH.sub("-", with_options)


def _half_a_command(words: list[str], table: CommandTable) -> CommandLine:
    """Return the help for the first word of commands of two words, such as "admin".

    Raises:
        UserError: if the words begin no command.
    """
    first = words[0].lower()
    longer = [name for name in table.words if name.startswith(f"{first} ")]
    if not longer:
        raise UserError(unknown_command(words[0], table))
    if len(words) == 1 or words[1].lower() in _HELP:
        return CommandLine("help", {"topic": first})
    near = difflib.get_close_matches(" ".join(words[:2]).lower(), longer, n=1)
    known = ", ".join(f"`{name}`" for name in longer)
    if near:
        raise UserError(
            _(
                "I don't know `{word}`. Did you mean `{near}`? I understand {known}.",
                word=clip(" ".join(words[:2])),
                near=near[0],
                known=known,
            )
        )
    raise UserError(
        _(
            "I don't know `{word}`. I understand {known}.",
            word=clip(" ".join(words[:2])),
            known=known,
        )
    )


def _command(words: list[str], table: CommandTable) -> tuple[Command | None, int]:
    """Return the command that the words begin with, and the number of its words."""
    for length in (2, 1):  # a command of two words comes before one of one word
        command = table.find(" ".join(words[:length]))
        if command is not None:
            return command, length
    return None, 0


def _verbatim(command: Command, text: str, length: int) -> dict[str, str]:
    before = length + len(command.required) + len(command.optional)
    words: list[str] = []
    end = 0
    while len(words) < before and (found := _FIRST_WORD.match(text, end)):
        words.append(_unwrapped(found[0]))
        end = found.end()
    places, rest = words[length:], _unwrapped(text[end:])
    return _positional(command, places) | ({command.rest: rest} if rest else {})


def _unwrapped(text: str) -> str:
    """Return the text without one pair of quotes, or of backticks, around all of it."""
    text = text.strip()
    is_wrapped = len(text) > 1 and (text[0] == text[-1] in "\"'`" or text[0] + text[-1] in _PAIRS)
    return text[1:-1] if is_wrapped else text


def _split(text: str) -> list[str]:
    words = _WORD.findall(text)
    if _WORD.sub("", text).strip():  # only a quote without its partner is in no word
        raise UserError(
            _("A quote is opened but not closed. Close it or leave it out: names need no quotes.")
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
            _("`--{option}` is given twice. {usage}", option=name, usage=_usage(command))
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
    usage = f"{command_name()} {command.name} {command.usage}".rstrip()
    if not command.example:
        return _("Usage: `{usage}`.", usage=usage)
    example = f"{command_name()} {command.example}"
    return _("Usage: `{usage}`, for example `{example}`.", usage=usage, example=example)


def unknown_command(word: str, table: CommandTable) -> str:
    """Return a sentence with the unknown word, the nearest command and the most used ones."""
    near = difflib.get_close_matches(word.lower(), table.words, n=1)
    command = table.find(near[0]) if near else None
    known = ", ".join(f"`{name}`" for name in table.names() if name in MOST_USED)
    if command is not None:
        return _(
            "I don't know `{word}`. Did you mean `{near}`? I understand {known} and more, see "
            "`{help}`.",
            word=clip(word),
            near=command.name,
            known=known,
            help=f"{command_name()} help",
        )
    return _(
        "I don't know `{word}`. I understand {known} and more, see `{help}`.",
        word=clip(word),
        known=known,
        help=f"{command_name()} help",
    )


def clip(text: str, longest: int = 40) -> str:
    """Return typed text in one line, shortened, so that it fits into a code span."""
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
