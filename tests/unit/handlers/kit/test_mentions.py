"""Mentions of people in a command's text, as Slack sends it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands.parser import parse
from handlers.commands.request import CommandLine
from handlers.kit.mentions import Mention, parse_mention, without_markup
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError


@pytest.mark.parametrize(
    ("word", "mention"),
    [
        ("<@U_BOB|bob>", Mention(id="U_BOB")),
        ("<@U_BOB>", Mention(id="U_BOB")),
        ("<@W012AB>", Mention(id="W012AB")),
        ("@Bob", Mention(name="bob")),
        ("bob.smith-1", Mention(name="bob.smith-1")),
    ],
)
def test_a_person_is_understood_by_id_or_by_name(word, mention):
    assert parse_mention(word) == mention


@pytest.mark.parametrize("word", ["", "@", "<@bob>", "<#C_GENERAL|general>", "a b", "@bob!", "<@U"])
def test_a_word_that_is_no_mention_is_refused(word):
    with pytest.raises(UserError, match="does not name a person"):
        parse_mention(word)


@given(st.text())
def test_no_word_breaks_the_parser_of_mentions(word):
    with suppress(UserError):
        assert parse_mention(word) != Mention()


@pytest.mark.parametrize("mention", ["<@U_BOB|bob>", "<@U_BOB>", "<@U_BOB|o'brien smith>"])
def test_a_mention_is_one_word_of_a_command(mention):
    assert parse(f"share sales {mention}", COMMANDS) == CommandLine(
        "share", {"name": "sales", "person": "<@U_BOB>"}
    )


def test_links_that_slack_made_are_read_as_typed():
    text = "status <http://sales.example|sales.example> <#C1|general> <https://x.example/?a=1>"
    assert without_markup(text) == "status sales.example #general https://x.example/?a=1"
