"""Usage as a chart: the cost by day and server (or owner), and the hours by kind of use."""

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_skeleton

from handlers.kit.blocks import money
from handlers.usage.answers import hours
from handlers.usage.bar_chart import (
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
    draw,
    writes_korean,
)
from provisioning.core.language import N_, Text, _, current_locale, said, speaking
from provisioning.usage.measure import Amount, Usage

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
"""Colours of the most expensive servers, in their order; the rest is grey."""
_HOUR = timedelta(hours=1)
_WEEKLY_FROM = 46
"""Number of days from which a bar is a week: more bars can't be told apart."""

_USES: tuple[tuple[Text, str, Callable[[Amount], timedelta]], ...] = (
    (N_("busy"), BLUE, lambda amount: amount.busy),
    (N_("in use"), SKY, lambda amount: amount.present),
    (N_("idle"), ORANGE, lambda amount: amount.idle),
    (N_("unknown"), GREY, lambda amount: amount.unseen),
)


def usage_chart(usage: Usage, title: str, *, by_owner: bool = False) -> Chart:
    """Return two rows of bars over the same days: cost by server (or `by_owner`), hours by use."""
    total = usage.total()
    bars = _bars(usage)
    ticks = tuple(str(format_skeleton("MMMd", day, locale=current_locale())) for day in bars)
    subtitle = _(
        "{hours} on · {cost} · days of {zone}",
        hours=hours(total.on),
        cost=money(total.cost),
        zone=usage.zone,
    )
    costs, uses = _cost_series(usage, bars, by_owner=by_owner), _use_series(total, bars)
    by_week = len(bars) < len(usage.by_day())
    titles = (
        (_("Cost by week"), _("Hours on by week"))
        if by_week
        else (_("Cost by day"), _("Hours on by day"))
    )
    return Chart(
        said(title),
        subtitle,
        (
            Panel(titles[0], costs, ticks, before="$"),
            Panel(titles[1], uses, ticks, after=" h"),
        ),
    )


def usage_picture(usage: Usage, title: str, *, by_owner: bool = False) -> bytes:
    """Return the chart as PNG, in the reader's language.

    The chart is in English where this computer has no font for that language. `title`: a `Text`.
    """
    has_letters = current_locale().language != "ko" or writes_korean()
    with nullcontext() if has_letters else speaking("en"):
        return draw(usage_chart(usage, title, by_owner=by_owner))


def _bars(usage: Usage) -> Mapping[date, Amount]:
    """Return the amounts by day, or by weeks from the first day on if the days are too many."""
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
        found.append(Series(label, money(amounts[key].cost), colour, values))
    others = sum((amounts[key].cost for key in amounts if key not in shown), start=Decimal(0))
    if others:
        found.append(Series(_("others"), money(others), GREY, tuple(rest)))
    nothing = Series(_("nothing"), money(Decimal(0)), YELLOW, (0.0,) * len(bars))
    return tuple(found) or (nothing,)


def _use_series(total: Amount, bars: Mapping[date, Amount]) -> tuple[Series, ...]:
    return tuple(
        Series(
            said(label),
            hours(of(total)),
            colour,
            tuple(of(amount) / _HOUR for amount in bars.values()),
        )
        for label, colour, of in _USES
    )
