"""Hours and money by day, server and owner, against numbers computed by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from provisioning.core.model.activity import Stretch, Use
from provisioning.usage.ledger import Period
from provisioning.usage.measure import Amount, measure, start_of_days
from provisioning.usage.reports import forecast

HOUR = timedelta(hours=1)
PRICE = Decimal("0.0416")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_period(start, end, *, on=True, swept=False, price=PRICE, owner="U_ANA", server_id="s1"):
    until = None if end is None else utc(end)
    return Period(server_id, owner, "small", price, on, swept, utc(start), until)


def usage(periods, stretches=(), zone="UTC", since="2026-11-01", until="2026-11-30"):
    return measure(periods, stretches, {"s1": "sales"}, zone, utc(since), utc(until))


def hours(by_day):
    """Day -> hours on, of the days with any."""
    return {day.isoformat(): each.on / HOUR for day, each in by_day.items() if each.on}


def test_a_night_is_cut_at_midnight():
    found = usage([a_period("2026-11-23 22:30", "2026-11-24 01:00")])
    assert hours(found.by_day()) == {"2026-11-23": 1.5, "2026-11-24": 1.0}
    assert [each.cost for each in found.by_day().values() if each.on] == [
        Decimal("0.0624"),
        Decimal("0.0416"),
    ]
    assert found.total().cost == Decimal("0.1040")


def test_midnight_is_that_of_the_zone():
    found = usage([a_period("2026-11-23 14:00", "2026-11-23 17:00")], zone="Asia/Seoul")
    assert hours(found.by_day()) == {"2026-11-23": 1.0, "2026-11-24": 2.0}


@pytest.mark.parametrize(
    ("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-23", 24)]
)
def test_a_day_is_as_long_as_the_clock_makes_it(day, length):
    found = usage(
        [a_period("2026-01-01", None)],
        zone="Europe/Madrid",
        since="2026-01-02",
        until="2026-12-01",
    )
    assert found.by_day()[date.fromisoformat(day)].on == length * HOUR
    assert found.by_day()[date.fromisoformat(day)].cost == length * PRICE


def test_a_running_period_counts_until_now_and_an_earlier_one_does_not_count():
    found = usage([a_period("2026-10-01", None)], since="2026-11-22", until="2026-11-23 06:00")
    assert hours(found.by_day()) == {"2026-11-22": 24.0, "2026-11-23": 6.0}


@pytest.mark.parametrize(
    ("on", "cost"), [(True, PRICE * 73 + Decimal("0.24")), (False, Decimal("0.24"))]
)
def test_a_disk_costs_while_its_server_runs_and_while_it_is_stopped(on, cost):
    period = a_period("2026-11-23", "2026-11-26 01:00", on=on)  # 73 of a month's 730 hours
    total = usage([replace(period, disk_price=Decimal("2.40"))]).total()
    assert (total.cost, total.disks) == (cost, Decimal("0.24"))


def test_a_disk_whose_price_is_unknown_counts_nothing():
    assert usage([a_period("2026-11-23", "2026-11-24", on=False)]).total() == Amount(off=24 * HOUR)


def test_each_owner_pays_for_the_time_of_ownership():
    found = usage(
        [
            a_period("2026-11-23 08:00", "2026-11-23 10:00"),
            a_period("2026-11-23 10:00", "2026-11-23 15:00", owner="U_BOB"),
        ]
    )
    assert {owner: each.on / HOUR for owner, each in found.by_owner().items()} == {
        "U_BOB": 5.0,
        "U_ANA": 2.0,
    }
    assert found.of("U_ANA").total().cost == 2 * PRICE
    assert found.by_server()["s1"].on == 7 * HOUR


def test_each_hour_has_the_price_of_its_time():
    found = usage(
        [
            a_period("2026-11-23 08:00", "2026-11-23 10:00", price=Decimal("0.05")),
            a_period("2026-11-23 12:00", "2026-11-23 12:30", price=Decimal("0.21")),
        ]
    )
    assert found.total().cost == Decimal("0.205")


def test_hours_without_a_price_are_counted_and_cost_nothing():
    total = usage([a_period("2026-11-23 08:00", "2026-11-23 11:00", price=None)]).total()
    assert (total.on, total.unpriced, total.cost) == (3 * HOUR, 3 * HOUR, Decimal(0))


def test_a_stop_of_the_cleanup_saves_until_the_next_start():
    found = usage(
        [
            a_period("2026-11-23 08:00", "2026-11-23 10:00"),
            a_period("2026-11-23 10:00", "2026-11-23 20:00", on=False, swept=True),
            a_period("2026-11-23 21:00", "2026-11-23 23:00", on=False),
        ]
    ).total()
    assert (found.off, found.saved) == (12 * HOUR, 10 * PRICE)


def test_hours_are_split_by_the_probes_and_the_rest_is_unknown():
    day = "2026-11-23 "
    stretches = [
        Stretch("s1", Use.BUSY, utc(day + "08:30"), utc(day + "09:30")),
        Stretch("s1", Use.PRESENT, utc(day + "09:30"), utc(day + "10:00")),
        Stretch("s1", Use.IDLE, utc(day + "10:00"), utc(day + "12:00")),
        Stretch("s2", Use.BUSY, utc(day + "08:00"), utc(day + "12:00")),
    ]
    found = usage([a_period(day + "08:00", day + "11:00")], stretches).total()
    assert [each / HOUR for each in (found.busy, found.present, found.idle, found.unseen)] == [
        1.0,
        0.5,
        1.0,
        0.5,
    ]
    assert found.idle_share == pytest.approx(0.4)


def test_a_stretch_over_midnight_is_in_both_days():
    stretch = Stretch("s1", Use.BUSY, utc("2026-11-23 23:00"), utc("2026-11-24 02:00"))
    found = usage([a_period("2026-11-23 20:00", "2026-11-24 03:00")], [stretch])
    assert [each.busy / HOUR for each in found.by_day().values() if each.on] == [1.0, 2.0]


def test_the_picture_of_a_quiet_week_has_all_its_days():
    found = usage([], since="2026-11-20", until="2026-11-23 12:00")
    assert list(found.by_day().values()) == [Amount()] * 4


def test_the_last_days_begin_at_the_zones_midnight_also_over_a_change_of_the_clock():
    now = utc("2026-10-26 08:00")
    assert start_of_days(2, now, "Europe/Madrid") == utc("2026-10-24 22:00")
    assert start_of_days(1, now, "Europe/Madrid") == utc("2026-10-25 23:00")


def test_a_part_of_the_days_is_cut_at_their_ends():
    found = usage([a_period("2026-11-20", "2026-11-25")])
    part = found.between(date(2026, 11, 21), date(2026, 11, 22))
    assert (part.total().on, part.until - part.since) == (48 * HOUR, 48 * HOUR)


def test_a_month_is_forecast_by_the_pace_of_the_week_before():
    """Ten dollars a day from the 10th on: at the 20th, 12:00, that is 105 so far and 10.5 days
    more."""
    dear = a_period("2026-11-10", None, price=Decimal(10) / 24)
    now = utc("2026-11-20 12:00")
    found = measure([dear], (), {}, "UTC", utc("2026-10-01"), now)
    assert round(found.total().cost, 6) == 105
    assert round(forecast(found, now), 6) == 210


def test_the_sum_of_all_days_is_the_total():
    one = a_period("2026-11-23 08:00", "2026-11-23 08:20", price=Decimal("0.10"))
    many = [replace(one, server_id=f"s{number}") for number in range(3)]
    assert round(usage(many).total().cost, 10) == Decimal("0.1")
