"""Usage as text and CSV. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from babel.dates import format_date

from handlers.commands.registry import command_name
from handlers.kit.blocks import Block, Message, code, context, cut, escape, header, money, section
from handlers.kit.csv_files import csv_file, harmless
from provisioning.core.language import _, current_locale, number
from provisioning.usage.measure import Amount, Entry, Usage
from provisioning.usage.reports import PACE_DAYS, Month

_MOST_LINES = 20
_HOUR = timedelta(hours=1)
_NOTICEABLE = timedelta(minutes=6)


def hours(time: timedelta) -> str:
    """Return a time in hours, with one decimal."""
    return _("{hours} h", hours=number(time / _HOUR, "#,##0.0"))


def month_name(day: date) -> str:
    """Return a day's month with its year, such as "November 2026"."""
    return str(format_date(day, "MMMM y", locale=current_locale()))


def split(amount: Amount) -> str:
    """Return how many hours were busy, in use, idle and unknown."""
    parts = [
        _("{hours} busy", hours=hours(amount.busy)),
        _("{hours} in use", hours=hours(amount.present)),
        _("{hours} idle", hours=hours(amount.idle)),
    ]
    if amount.unseen >= _NOTICEABLE:
        parts.append(_("{hours} unknown", hours=hours(amount.unseen)))
    if amount.idle_share is not None:
        share = number(amount.idle_share, "0%")
        parts.append(_("{share} of the known time was idle", share=share))
    return " · ".join(parts)


def usage_answer(usage: Usage) -> Message:
    """Return a member's usage: the sum, and a line for each server."""
    if not usage.entries:
        text = _("You had no server in that time.")
        return Message(text, [section(text)])
    message = usage_message(usage, _("Your usage"))
    return Message(message.text, [*message.blocks, context(_("The chart comes by DM."))])


def usage_message(usage: Usage, title: str, *, by_owner: bool = False) -> Message:
    """Return the sum, and a line for each server or, `by_owner`, for each owner."""
    total = usage.total()
    on, cost = hours(total.on), money(total.cost)
    text = _("{title}: {hours} on, {cost}.", title=title, hours=on, cost=cost)
    in_bold = _("*{hours}* on, *{cost}*", hours=on, cost=cost)
    blocks: list[Block] = [
        header(title),
        section("\n".join([in_bold, split(total), *_saved(total)])),
        section(_lines(usage, by_owner=by_owner)),
        *_small_print(total),
    ]
    return Message(escape(f"{text} {split(total)}"), blocks)


def month_answer(month: Month) -> Message:
    """Return the cost of this month for admins: so far, expected, of last month, by owner."""
    total, name = month.usage.total(), month_name(month.usage.until)
    lines = [
        _("{cost} so far", cost=money(total.cost)),
        *_saved(total),
        _(
            "About {cost} at the end of the month, at the pace of the last {days} days",
            cost=money(month.forecast),
            days=PACE_DAYS,
        ),
        _("Last month: {cost}", cost=money(month.last_month.cost)),
    ]
    title = _("Cost in {month}", month=name)
    more = _("{command} shows more.", command=code(f"{command_name()} admin usage"))
    blocks: list[Block] = [
        header(title),
        section("\n".join(lines)),
        section(_lines(month.usage, by_owner=True)),
        *_small_print(total),
        context(more),
    ]
    return Message(f"{title}: {' · '.join(lines)}", blocks)


def cost_of(amount: Amount) -> str:
    """Return what one server has cost this month."""
    return _("{cost} this month", cost=money(amount.cost))


def cost_blocks(month: Usage, shown: Collection[str]) -> list[Block]:
    """Return what a member's servers cost this month, for the Home tab.

    `shown`: ids of the servers whose cost is shown elsewhere in the view.
    """
    lines = [
        _(
            "{name}: {cost}, {hours} on",
            name=code(month.names.get(server_id, server_id)),
            cost=money(amount.cost),
            hours=hours(amount.on),
        )
        for server_id, amount in month.by_server().items()
        if server_id not in shown
    ]
    total = month.total()
    in_all = _("*{cost}* in all, {hours} on", cost=money(total.cost), hours=hours(total.on))
    return [
        header(_("Cost this month")),
        section("\n".join([in_all, *lines[:_MOST_LINES]])),
        *_small_print(total),
    ]


def usage_csv(usage: Usage) -> bytes:
    """Return the usage as CSV, with a line for each day, owner and server."""
    head = (
        "day owner server_id server hours_on hours_busy hours_present hours_idle hours_unseen "
        "hours_stopped hours_without_price cost_usd saved_usd disks_usd"
    )
    entries = sorted(usage.entries, key=lambda each: (each.day, each.owner, each.server_id))
    return csv_file(head, (_row(each, usage.names) for each in entries))


def _row(entry: Entry, names: Mapping[str, str]) -> Sequence[object]:
    amount = entry.amount
    times = (
        amount.on,
        amount.busy,
        amount.present,
        amount.idle,
        amount.unseen,
        amount.off,
        amount.unpriced,
    )
    return [
        entry.day.isoformat(),
        harmless(entry.owner),
        entry.server_id,
        harmless(names.get(entry.server_id, "")),
        *(f"{time / _HOUR:.4f}" for time in times),
        f"{amount.cost:.6f}",
        f"{amount.saved:.6f}",
        f"{amount.disks:.6f}",
    ]


def _lines(usage: Usage, *, by_owner: bool) -> str:
    amounts = usage.by_owner() if by_owner else usage.by_server()
    lines = [
        _line(f"<@{key}>" if by_owner else code(usage.names.get(key, key)), amount)
        for key, amount in amounts.items()
    ]
    more = len(lines) - _MOST_LINES
    if more > 0:
        lines = [*lines[:_MOST_LINES], _("… and {count} more", count=number(more))]
    return cut("\n".join(lines)) or _("There were no servers.")


def _line(who: str, amount: Amount) -> str:
    cost, on = money(amount.cost), hours(amount.on)
    parts = [_("{name}: {cost}, {hours} on", name=who, cost=cost, hours=on)]
    if amount.idle_share is not None:
        parts.append(_("{share} idle", share=number(amount.idle_share, "0%")))
    if amount.off:
        parts.append(_("stopped for {hours}", hours=hours(amount.off)))
    return " · ".join(parts)


def _saved(amount: Amount) -> list[str]:
    if not amount.saved:
        return []
    return [_("{cost} saved by stopping idle servers", cost=money(amount.saved))]


def _small_print(amount: Amount) -> list[Block]:
    notes = [
        _(
            "Prices are Azure's list prices of the machines when they ran, and of their disks, "
            "which cost while a server is stopped too: {disks} of it. Addresses are not included.",
            disks=money(amount.disks),
        )
    ]
    if amount.unpriced:
        unpriced = hours(amount.unpriced)
        notes.append(_("For {hours} no price is known; they count as $0.", hours=unpriced))
    return [context(note) for note in notes]
