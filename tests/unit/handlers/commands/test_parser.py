"""The parser: lenient with quotes and dashes, with a clear error for everything else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands.parser import YES, parse
from handlers.commands.request import CommandLine
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", CommandLine("overview")),
        ("   ", CommandLine("overview")),
        ("create", CommandLine("create")),
        ("list running --all", CommandLine("list", {"state": "running", "all": "yes"})),
        ("help create", CommandLine("help", {"topic": "create"})),
        ("create ubuntu", CommandLine("create", {"platform": "ubuntu"})),
        ("CREATE Ubuntu", CommandLine("create", {"platform": "Ubuntu"})),
        ("create ubuntu sales", CommandLine("create", {"platform": "ubuntu", "name": "sales"})),
        (
            "create --size Standard_B2s ubuntu",
            CommandLine("create", {"platform": "ubuntu", "size": "Standard_B2s"}),
        ),
        ("create ubuntu --size=B2s", CommandLine("create", {"platform": "ubuntu", "size": "B2s"})),
        ("create ubuntu —size B2s", CommandLine("create", {"platform": "ubuntu", "size": "B2s"})),
        ("status “sales”", CommandLine("status", {"name": "sales"})),
        (
            'create ubuntu --size="Standard B2s"',
            CommandLine("create", {"platform": "ubuntu", "size": "Standard B2s"}),
        ),
        ("status a&amp;b", CommandLine("status", {"name": "a&b"})),
        ("rm sales", CommandLine("delete", {"name": "sales"})),
        ("ls", CommandLine("list")),
        ("`list running`", CommandLine("list", {"state": "running"})),
        ("/notebook /notebook list", CommandLine("list")),
        ("admin", CommandLine("help", {"topic": "admin"})),
        ("admin --help", CommandLine("help", {"topic": "admin"})),
        ("create --help", CommandLine("help", {"topic": "create"})),
        ("settings -h", CommandLine("help", {"topic": "settings"})),
        ("export --help", CommandLine("help", {"topic": "export"})),
        (
            "schedule sales weekdays 9–18",
            CommandLine("schedule", {"name": "sales", "hours": "weekdays 9-18"}),
        ),
    ],
)
def test_what_people_type_is_understood(text, command):
    assert parse(text, COMMANDS) == command


def exported(notebook):
    return CommandLine("export", {"name": "sales", "notebook": notebook})


@pytest.mark.parametrize(
    ("typed_text", "notebook"),
    [
        ("a few words.ipynb", "a few words.ipynb"),
        ("  two  spaces.ipynb ", "two  spaces.ipynb"),
        ("bob's.ipynb", "bob's.ipynb"),
        ('5" disk.ipynb', '5" disk.ipynb'),
        ("bob’s – notes.ipynb", "bob’s – notes.ipynb"),
        ('"a few words.ipynb"', "a few words.ipynb"),
        ("“a few words.ipynb”", "a few words.ipynb"),
        ("`a few words.ipynb`", "a few words.ipynb"),
        ("--all.ipynb", "--all.ipynb"),
        ("REPORT.IPYNB", "REPORT.IPYNB"),
        ("names/<@U_BOB|bob>.ipynb", "names/@bob.ipynb"),
        ("a&amp;b &lt;1&gt;.ipynb", "a&b <1>.ipynb"),
        ("보고서 최종.ipynb", "보고서 최종.ipynb"),
    ],
)
def test_the_rest_of_the_line_is_the_name_of_a_notebook(typed_text, notebook):
    assert parse(f"export sales {typed_text}", COMMANDS) == exported(notebook)


def test_export_without_a_notebook_has_the_server_alone():
    assert parse("export  sales ", COMMANDS) == CommandLine("export", {"name": "sales"})
    assert parse("Export “sales”", COMMANDS) == CommandLine("export", {"name": "sales"})


def test_keys_keep_their_lines():
    line = parse("keys add ```one\ntwo it's```", COMMANDS)
    assert line.arguments["key"].strip("`") == "one\ntwo it's"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("export", "needs a name"),
        ("craete ubuntu", "Did you mean `create`"),
        ("frobnicate", "I understand `create`"),
        ("list --all=yes", "no option `--all`"),
        ("create ubuntu a b", "`b`"),
        ("create ubuntu --colour red", "no option `--colour`"),
        ("create ubuntu --size", "needs a value"),
        ("create ubuntu --size --size", "needs a value"),
        ("create ubuntu --size a --size b", "twice"),
        ('status "sales', "not closed"),
        ("status it's", "not closed"),
        ("delete", "needs a name"),
        ("😀", "I don't know `😀`"),
        ("x" * 10_000, "10,000 characters"),
        ("`sudo -rf`", "I don't know `sudo`"),
        ("admin serverz", "Did you mean `admin servers`"),
        ("list `running` twice", "I don't know what to do with `twice`"),
    ],
)
def test_what_is_not_understood_gets_a_sentence_with_a_next_step(text, words):
    with pytest.raises(UserError) as refusal:
        parse(text, COMMANDS)
    assert words in refusal.value.message
    assert len(refusal.value.message) < 400


def understood_or_explained(text) -> bool:
    try:
        return bool(parse(text, COMMANDS).name)
    except UserError as refusal:
        return bool(refusal.message)


@given(st.text())
def test_no_text_breaks_the_parser(text):
    assert understood_or_explained(text)


@given(st.lists(st.sampled_from(["create", "--size", "'", '"', "ubuntu", "x", "=", "--"])))
def test_no_mixture_of_known_words_breaks_the_parser(words):
    assert understood_or_explained(" ".join(words))


values = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not text.startswith("--")
)


@st.composite
def command_lines(draw):
    command = draw(st.sampled_from(list(COMMANDS)))
    given_arguments = [*command.required]
    for argument in command.optional:
        if not draw(st.booleans()):
            break
        given_arguments.append(argument)
    if len(given_arguments) == len(command.required) + len(command.optional):
        # Words that are left are one argument; only after all others are given.
        given_arguments += [each for each in [command.rest] if each and draw(st.booleans())]
    given_arguments += [option for option in command.options if draw(st.booleans())]
    flags = {flag: YES for flag in command.flags if draw(st.booleans())}
    return CommandLine(command.name, {each: draw(values) for each in given_arguments} | flags)


def quoted(word):
    if word and not re.search(r"[\s\"']", word):
        return word
    return f"'{word}'" if '"' in word else f'"{word}"'


def typed(line):
    """Return the text that a member would type for a command line."""
    command = COMMANDS.find(line.name)
    places = (*command.required, *command.optional, command.rest)
    words = [quoted(line.arguments[each]) for each in places if each in line.arguments]
    for option in command.options:
        if option in line.arguments:
            words += [f"--{option}", quoted(line.arguments[option])]
    words += [f"--{flag}" for flag in command.flags if flag in line.arguments]
    return " ".join([line.name, *words])


@given(command_lines())
def test_every_command_line_can_be_typed_and_parsed(line):
    assert parse(typed(line), COMMANDS) == line
