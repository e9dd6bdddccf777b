"""Charts of usage are valid pictures and show the numbers."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from PIL import Image, ImageColor

from handlers.usage.bar_chart import (
    BLUE,
    GREY,
    HEAD,
    ORANGE,
    PANEL_HEIGHT,
    WIDTH,
    Chart,
    Panel,
    Series,
    draw,
    writes_korean,
)
from handlers.usage.usage_chart import usage_chart, usage_picture
from provisioning.core.language import N_, speaking
from provisioning.core.model.activity import Stretch, Use
from provisioning.usage.ledger import Period
from provisioning.usage.measure import measure

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def pixels(picture, colour, panel=0):
    """Return how many pixels of a panel's bars have that colour."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    top = HEAD + panel * PANEL_HEIGHT
    bars = image.crop((130, top, WIDTH - 360, top + PANEL_HEIGHT))
    counts = {found: count for count, found in bars.getcolors(1_000_000)}
    return counts.get(ImageColor.getrgb(colour), 0)


def a_chart(*series):
    ticks = tuple(str(number) for number in range(len(series[0].values)))
    return draw(Chart("Usage", "of a test", (Panel("Hours", series, ticks, after=" h"),)))


def test_a_chart_is_a_png_of_the_right_size():
    picture = a_chart(Series("sales", "$1", BLUE, (1.0, 2.0)))
    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEAD + PANEL_HEIGHT + 20))
    assert len(picture) < 100_000


def test_bars_are_as_high_as_their_numbers():
    picture = a_chart(
        Series("busy", "1", BLUE, (3.0, 0.0)), Series("idle", "2", ORANGE, (1.0, 2.0))
    )
    assert pixels(picture, BLUE) == pytest.approx(pixels(picture, ORANGE), rel=0.03)


@pytest.mark.parametrize("values", [(0.0,), (0.0, 0.0), (1e-6, 0.0), (1e6, 2e6), (0.02,) * 366])
def test_any_numbers_can_be_drawn(values):
    assert a_chart(Series("x" * 200, "$12,345,678.00", BLUE, values))


def usage(days, servers=1):
    now, periods, stretches = BEGIN + timedelta(days=days), [], []
    for number in range(servers):
        for day in range(days):
            since = BEGIN + timedelta(days=day, hours=8)
            server_id, price = f"s{number}", Decimal(servers - number)
            until = since + 2 * HOUR
            periods.append(Period(server_id, "U_ANA", "m", price, True, False, since, until))
            stretches.append(Stretch(server_id, Use.BUSY, since, since + HOUR))
    return measure(periods, stretches, {"s0": "sales"}, "UTC", BEGIN, now)


def test_the_legend_has_the_sums_and_the_most_expensive_server_first():
    cost, hours = usage_chart(usage(10, servers=2), "Usage").panels
    assert [(each.label, each.value) for each in cost.series] == [
        ("sales", "$40.00"),
        ("s1", "$20.00"),
    ]
    assert [(each.label, each.value) for each in hours.series] == [
        ("busy", "20.0 h"),
        ("in use", "0.0 h"),
        ("idle", "0.0 h"),
        ("unknown", "20.0 h"),
    ]
    assert cost.series[0].values == (4.0,) * 10


def test_of_many_servers_the_cheaper_ones_are_summed_up_as_others():
    cost, _ = usage_chart(usage(3, servers=9), "Usage").panels
    assert cost.series[-1].label == "others"
    assert cost.series[-1].value == "$36.00"  # 3 + 2 + 1 dollars an hour, 2 hours, 3 days
    assert sum(sum(each.values) for each in cost.series) == pytest.approx(45 * 2 * 3)


def test_many_days_are_drawn_as_weeks_with_the_same_sum():
    cost, _ = usage_chart(usage(100), "Usage").panels
    assert cost.title == "Cost by week"
    assert len(cost.ticks) == 15
    assert sum(cost.series[0].values) == pytest.approx(200)


def test_the_bars_show_the_hours_by_use():
    picture = draw(usage_chart(usage(10), "Usage"))
    assert pixels(picture, BLUE, 1) == pytest.approx(pixels(picture, GREY, 1), rel=0.05)
    assert pixels(picture, ORANGE, 1) == 0


def test_a_chart_is_in_korean_only_where_the_computer_has_a_korean_font():
    title = N_("Your usage")
    english = usage_picture(usage(3), title)
    with speaking("ko-KR"):
        assert usage_chart(usage(3), title).title == "내 사용량"
        assert (usage_picture(usage(3), title) == english) is not writes_korean()


def test_usage_of_no_servers_can_be_drawn():
    assert draw(usage_chart(measure([], [], {}, "UTC", BEGIN, BEGIN + HOUR), "Usage"))
