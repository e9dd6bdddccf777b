"""Typed durations, times, mentions and settings: parsed, or refused with `UserError`."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.commands.request import CommandLine
from handlers.kit.mentions import parse_mention, without_markup
from handlers.kit.times import parse_duration, parse_moment
from handlers.members.settings_form import read_settings_command
from provisioning.core.errors import UserError
from provisioning.members.settings import MemberSettings

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
ZONES = ["UTC", "Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "nowhere", ""]
almost_times = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\A\d{1,4}\s?(m|min|h|d|w)\Z"),
    st.from_regex(r"\A(today|tomorrow|fri|\d{4}-\d\d-\d\d)( \d{1,2}:?\d{0,2})?\Z"),
    st.dates().map(str),
    st.tuples(st.dates(), st.times()).map(lambda both: f"{both[0]} {both[1]:%H:%M}"),
)


def only_user_errors(understand) -> None:
    with suppress(UserError):
        understand()


@given(almost_times)
def test_no_text_breaks_a_duration(text):
    only_user_errors(lambda: parse_duration(text))


@given(almost_times, st.sampled_from(ZONES))
@example("0001-01-01 01:00", "Asia/Seoul")
@example("9999-12-31 23:00", "America/New_York")
def test_no_text_breaks_a_moment(text, zone):
    only_user_errors(lambda: parse_moment(text, NOW, zone))


@given(st.text(max_size=100))
def test_no_text_breaks_a_mention(text):
    only_user_errors(lambda: parse_mention(text))
    without_markup(text)


@given(
    st.dictionaries(
        st.sampled_from(["language", "quiet", "idle"]),
        st.one_of(almost_times, st.from_regex(r"\A\d{1,2}(:\d\d)?-\d{1,2}(:\d\d)?\Z")),
    )
)
def test_no_text_breaks_the_settings(arguments):
    only_user_errors(
        lambda: read_settings_command(CommandLine("settings", arguments), MemberSettings())
    )


@given(st.integers(1, 9999), st.sampled_from("mhd"))
def test_a_duration_has_the_typed_length(number, unit):
    names = {"m": "minutes", "h": "hours", "d": "days"}
    assert parse_duration(f"{number}{unit}") == timedelta(**{names[unit]: number})


@given(st.datetimes(datetime(2026, 11, 27), datetime(2036, 1, 1)))
def test_a_typed_date_and_time_is_that_moment(moment):
    moment = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    assert parse_moment(f"{moment:%Y-%m-%d %H:%M}", NOW, "UTC") == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("18:00", "2026-11-26 18:00"),
        ("9:00", "2026-11-27 09:00"),
        ("tomorrow", "2026-11-27 09:00"),
        ("thu 8:00", "2026-12-03 08:00"),
    ],
)
def test_a_time_that_is_past_today_means_its_next_day(text, moment):
    assert f"{parse_moment(text, NOW, 'UTC'):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90m", 90),
        ("2 hours", 120),
        ("1h30m", 90),
        ("1 day 2 hours", 26 * 60),
        ("2시간", 120),
        ("1시간 30분", 90),
        ("45 minutes", 45),
    ],
)
def test_durations_are_read_as_people_write_them(text, minutes):
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0h", "2 fortnights", "h", "1h 1h 1h 1h 1h", "1.5h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(UserError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("in 2 hours", "2026-11-26T11:30"),
        ("in 30 min", "2026-11-26T10:00"),
        ("next monday", "2026-11-30T09:00"),
        ("Monday 9am", "2026-11-30T09:00"),
        ("tomorrow at 6 pm", "2026-11-27T18:00"),
        ("until friday 12:00", "2026-11-27T12:00"),
        ("6pm", "2026-11-26T18:00"),
        ("12am", "2026-11-27T00:00"),
        ("내일 9시", "2026-11-27T09:00"),
        ("2026-11-27 18:00", "2026-11-27T18:00"),
    ],
)
def test_moments_are_read_as_people_write_them(text, moment):
    assert parse_moment(text, NOW, "UTC") == datetime.fromisoformat(f"{moment}+00:00")
