"""Durations in settings."""

from datetime import timedelta

import pytest

from bot.config.durations import as_written, duration_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("4h", 14_400), ("1h30m", 5400), ("7d", 604_800), ("0", 0),
     (" 2d 12H ", 216_000)],
)  # fmt: skip
def test_a_duration_is_read_as_people_write_it(text, seconds):
    assert duration_in(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "30", "4 hours", "h", "30m4h", "-1h", "PT4H"])
def test_any_other_text_is_left_to_the_settings(text):
    assert duration_in(text) is None


@pytest.mark.parametrize("text", ["90s", "30m", "4h", "24h", "36h", "3d", "7d", "1h30m", "0"])
def test_a_duration_is_written_as_it_is_read(text):
    read = duration_in(text)
    assert duration_in(as_written(read)) == read
    assert as_written(read).rstrip("s") in (text, "1m30")
