"""Names of servers."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.core.errors import UserError
from provisioning.core.model.names import suggest_name, validate_name


@pytest.mark.parametrize("name", ["abc", "sales-2026", "a1b", "x" * 30])
def test_a_dns_label_is_a_good_name(name):
    assert validate_name(name) == name


def test_capitals_and_outer_spaces_are_accepted():
    assert validate_name(" Sales ") == "sales"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "x" * 31,
        "1abc",
        "-abc",
        "abc-",
        "a--b",
        "a_b",
        "a b",
        "añb",
        "😀😀😀",
        "list",
        "all",
    ],
)
def test_a_bad_name_is_refused_with_the_rule(name):
    with pytest.raises(UserError) as refusal:
        validate_name(name)
    assert "name" in refusal.value.message


@given(st.text())
def test_any_text_is_either_a_dns_label_or_refused(text):
    try:
        name = validate_name(text)
    except UserError:
        return
    assert name.encode("idna").decode() == name


@given(st.integers())
def test_every_suggestion_is_valid(seed):
    name = suggest_name(random.Random(seed))
    assert validate_name(name) == name
