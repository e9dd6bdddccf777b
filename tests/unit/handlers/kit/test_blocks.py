"""Dates in Slack's markup, in the reader's language."""

import re
from datetime import UTC, datetime

import pytest

from handlers.kit.blocks import date, region_name
from provisioning.core.language import LANGUAGES, speaking

MOMENT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_is_markup_with_day_and_time_and_a_fallback_in_utc(language):
    with speaking(language):
        shown, fallback = date(MOMENT).strip("<>").split("|")
    assert shown.startswith(f"!date^{int(MOMENT.timestamp())}^")
    assert re.findall(r"\{\w+\}", shown) == ["{date_short_pretty}", "{time}"]
    assert fallback == "2026-11-26 09:30 UTC"


def test_a_korean_date_has_no_english_word():
    with speaking("ko"):
        assert " at " not in date(MOMENT)


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("westeurope", "West Europe (westeurope)"),
        ("eastus2", "East US 2 (eastus2)"),
        ("southeastasia", "South East Asia (southeastasia)"),
        ("koreacentral", "Korea Central (koreacentral)"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_a_region_has_its_name_in_words(region, name):
    assert region_name(region) == name
