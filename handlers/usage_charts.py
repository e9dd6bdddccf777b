"""Usage as a picture: what it cost by day and server (or person), and what it was used for."""

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from handlers.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    Chart,
    Panel,
    Series,
)
from provisioning.usage import Amount, Usage

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
"""Of the dearest ones, in their order; the rest is grey."""
_HOUR = timedelta(hours=1)
_WEEKLY_FROM = 46
"""Days from which a bar is a week: more can't be told apart."""

_USES: tuple[tuple[str, str, Callable[[Amount], timedelta]], ...] = (
    ("at work", BLUE, lambda amount: amount.busy),
    ("people", SKY, lambda amount: amount.present),
    ("idle", ORANGE, lambda amount: amount.idle),
    ("not seen", GREY, lambda amount: amount.unseen),
)


def usage_chart(usage: Usage, title: str, *, by_owner: bool = False) -> Chart:
    """Two rows of bars over the same days. `by_owner`: whose it was instead of which server."""
    total = usage.total()
    bars = _bars(usage)
    ticks = tuple(f"{day:%d %b}" for day in bars)
    hours = f"{total.on / _HOUR:,.1f} h"
    subtitle = f"{usage.zone} days · {hours} on · ${total.cost:,.2f}"
    costs, uses = _cost_series(usage, bars, by_owner=by_owner), _use_series(total, bars)
    each = "week" if len(bars) < len(usage.by_day()) else "day"
    return Chart(
        title,
        subtitle,
        (
            Panel(f"Cost by {each}", costs, ticks, before="$"),
            Panel(f"Hours on by {each}", uses, ticks, after=" h"),
        ),
    )


def _bars(usage: Usage) -> Mapping[date, Amount]:
    """By day, or by weeks of seven days from the first one on where those are too many."""
    by_day = usage.by_day()
    if len(by_day) < _WEEKLY_FROM:
        return by_day
    first, weeks = min(by_day), math.ceil(len(by_day) / 7)
    found = {first + timedelta(weeks=number): Amount() for number in range(weeks)}
    for day, amount in by_day.items():
        found[first + timedelta(days=(day - first).days // 7 * 7)] += amount
    return found


def _cost_series(
    usage: Usage, bars: Mapping[date, Amount], *, by_owner: bool
) -> tuple[Series, ...]:
    amounts = usage.by_owner() if by_owner else usage.by_server()
    shown = [key for key, amount in amounts.items() if amount.cost][: len(_COLOURS)]
    found, rest = [], [float(amount.cost) for amount in bars.values()]
    for key, colour in zip(shown, _COLOURS, strict=False):
        part = usage.of(key) if by_owner else usage.of_server(key)
        by_bar = _bars(part)
        values = tuple(float(by_bar[day].cost) for day in bars)
        rest = [max(left - value, 0.0) for left, value in zip(rest, values, strict=True)]
        label = usage.names.get(key, "") or key
        found.append(Series(label, f"${amounts[key].cost:,.2f}", colour, values))
    others = sum((amounts[key].cost for key in amounts if key not in shown), start=0)
    if others:
        found.append(Series("others", f"${others:,.2f}", GREY, tuple(rest)))
    return tuple(found) or (Series("nothing", "$0.00", YELLOW, (0.0,) * len(bars)),)


def _use_series(total: Amount, bars: Mapping[date, Amount]) -> tuple[Series, ...]:
    return tuple(
        Series(label, f"{of(total) / _HOUR:,.1f} h", colour,
               tuple(of(amount) / _HOUR for amount in bars.values()))
        for label, colour, of in _USES
    )  # fmt: skip
