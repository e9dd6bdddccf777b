"""Commands as Slack, phones and word processors change them: understood, or refused in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.commands.parser import parse
from handlers.commands.request import CommandLine
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError

TYPED = {
    "list running": CommandLine("list", {"state": "running"}),
    "status sales-2026": CommandLine("status", {"name": "sales-2026"}),
    "create ubuntu sales --size Standard_B2s": CommandLine(
        "create", {"platform": "ubuntu", "name": "sales", "size": "Standard_B2s"}
    ),
    "share sales <@U_BOB>": CommandLine("share", {"name": "sales", "person": "<@U_BOB>"}),
    'rename "sales" "new-sales"': CommandLine("rename", {"name": "sales", "new name": "new-sales"}),
    "create ubuntu --repo https://example.com/a/b": CommandLine(
        "create", {"platform": "ubuntu", "repo": "https://example.com/a/b"}
    ),
    "schedule sales weekdays 9-18": CommandLine(
        "schedule", {"name": "sales", "hours": "weekdays 9-18"}
    ),
}
"""Commands as a keyboard writes them, with what they mean."""

BLANKS = [" ", "  ", "\u00a0", "\u202f", "\u3000", "\t", " \u200b", "\u00a0 "]
QUOTES = ['"', "“", "”", "„", "«", "»", "‟"]
OPTIONS = ["--", "—", "–"]
HYPHENS = ["-", "‐", "‑"]
UNSEEN = ["", "\u200b", "\ufeff", "\u2060", "\u00ad"]
AROUND = [("", ""), ("`", "`"), ("```", "```"), (" ", " "), ("\u200b", "\ufeff")]
BEFORE = ["", "/notebook ", "/notebook /notebook ", "/notebook\u00a0"]


@st.composite
def pasted(draw):
    """Return a command as it may arrive, and what it means."""
    text = draw(st.sampled_from(sorted(TYPED)))
    address = "https://example.com/a/b"
    link = draw(st.sampled_from([address, f"<{address}>", f"<{address}|{address}>"]))
    person = draw(st.sampled_from(["<@U_BOB>", "<@U_BOB|bob>"]))
    words = []
    for word in text.split(" "):
        if word == address:
            words.append(link)
        elif word == "<@U_BOB>":
            words.append(person)
        elif word.startswith("--"):
            words.append(draw(st.sampled_from(OPTIONS)) + word[2:])
        else:
            changed = "".join(
                draw(st.sampled_from(QUOTES))
                if letter == '"'
                else draw(st.sampled_from(HYPHENS))
                if letter == "-"
                else letter
                for letter in word
            )
            at = draw(st.integers(0, len(changed)))
            words.append(changed[:at] + draw(st.sampled_from(UNSEEN)) + changed[at:])
    joined = words[0]
    for word in words[1:]:
        joined += draw(st.sampled_from(BLANKS)) + word
    first, last = draw(st.sampled_from(AROUND))
    return f"{draw(st.sampled_from(BEFORE))}{first}{joined}{last}", TYPED[text]


def check(variant):
    text, meant = variant
    understood = parse(text, COMMANDS)
    assert understood.name == meant.name
    assert understood.arguments == meant.arguments


@settings(max_examples=300, deadline=None)
@given(pasted())
def test_pasted_commands_mean_what_their_plain_forms_mean(variant):
    check(variant)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(pasted())
def test_ten_thousand_pasted_variants_are_understood(variant):
    check(variant)


@settings(max_examples=300, deadline=None)
@given(pasted(), st.text(max_size=12), st.integers(0, 60))
def test_a_damaged_command_is_understood_or_refused_in_words(variant, damage, at):
    text, _meant = variant
    refusal = None
    try:
        parse(text[:at] + damage + text[at:], COMMANDS)
    except UserError as error:
        refusal = error.message
    assert refusal is None or len(refusal.split()) > 2
