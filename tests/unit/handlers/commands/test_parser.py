"""The parser: pure, forgiving about quotes and dashes, and clear about everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands.parser import YES, Command, parse
from handlers.commands.registry import SUBCOMMANDS
from provisioning.core.errors import UserError


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command("overview")),
        ("   ", Command("overview")),
        ("create", Command("create")),
        ("list running --all", Command("list", {"state": "running", "all": "yes"})),
        ("help create", Command("help", {"topic": "create"})),
        ("create ubuntu", Command("create", {"platform": "ubuntu"})),
        ("CREATE Ubuntu", Command("create", {"platform": "Ubuntu"})),
        ("create ubuntu sales", Command("create", {"platform": "ubuntu", "name": "sales"})),
        (
            "create --size Standard_B2s ubuntu",
            Command("create", {"platform": "ubuntu", "size": "Standard_B2s"}),
        ),
        ("create ubuntu --size=B2s", Command("create", {"platform": "ubuntu", "size": "B2s"})),
        ("create ubuntu —size B2s", Command("create", {"platform": "ubuntu", "size": "B2s"})),
        ("status “sales”", Command("status", {"name": "sales"})),
        (
            'create ubuntu --size="Standard B2s"',
            Command("create", {"platform": "ubuntu", "size": "Standard B2s"}),
        ),
        ("status a&amp;b", Command("status", {"name": "a&b"})),
        ("rm sales", Command("delete", {"name": "sales"})),
        ("ls", Command("list")),
    ],
)
def test_what_people_type_is_understood(text, command):
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("craete ubuntu", "Did you mean `create`"),
        ("frobnicate", "I understand `create`"),
        ("list --all=yes", "no option `--all`"),
        ("create ubuntu a b", "`b`"),
        ("create ubuntu --colour red", "no option `--colour`"),
        ("create ubuntu --size", "needs a value"),
        ("create ubuntu --size --size", "needs a value"),
        ("create ubuntu --size a --size b", "twice"),
        ('status "sales', "doesn't close"),
        ("status it's", "doesn't close"),
        ("delete", "needs a name"),
        ("😀", "I don't know `😀`"),
        ("x" * 10_000, "10,000 characters"),
        ("`rm -rf`", "I don't know"),
    ],
)
def test_what_is_not_understood_gets_a_sentence_with_a_next_step(text, words):
    with pytest.raises(UserError) as refusal:
        parse(text)
    assert words in refusal.value.message
    assert len(refusal.value.message) < 400


def understood_or_explained(text) -> bool:
    try:
        return bool(parse(text).name)
    except UserError as refusal:
        return bool(refusal.message)


@given(st.text())
def test_no_text_breaks_the_parser(text):
    assert understood_or_explained(text)


@given(st.lists(st.sampled_from(["create", "--size", "'", '"', "ubuntu", "x", "=", "--"])))
def test_no_mixture_of_its_own_words_breaks_the_parser(words):
    assert understood_or_explained(" ".join(words))


values = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not text.startswith("--")
)


@st.composite
def commands(draw):
    subcommand = draw(st.sampled_from(SUBCOMMANDS))
    given_arguments = [*subcommand.required]
    for argument in subcommand.optional:
        if not draw(st.booleans()):
            break
        given_arguments.append(argument)
    if len(given_arguments) == len(subcommand.required) + len(subcommand.optional):
        # Words that are left are one argument; only after all others are given.
        given_arguments += [each for each in [subcommand.rest] if each and draw(st.booleans())]
    given_arguments += [option for option in subcommand.options if draw(st.booleans())]
    flags = {flag: YES for flag in subcommand.flags if draw(st.booleans())}
    return Command(subcommand.name, {each: draw(values) for each in given_arguments} | flags)


@given(commands())
def test_every_command_comes_back_from_its_canonical_form(command):
    assert parse(command.canonical()) == command
