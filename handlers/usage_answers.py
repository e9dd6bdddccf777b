"""Usage as text and CSV. Pure."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

from handlers.admin_answers import harmless
from handlers.mrkdwn import Block, Message, code, context, cut, escape, header, section
from handlers.registry import COMMAND
from provisioning.usage import Amount, Usage
from provisioning.usage_reports import Month

MOST_LINES = 20
_HOUR = timedelta(hours=1)
NOT_COUNTED = (
    "Prices are Azure's list prices of the machines when they ran; disks and addresses, which "
    "stopped servers keep, are not in it."
)


def money(amount: Decimal) -> str:
    """US dollars and cents."""
    return f"${amount:,.2f}"


def hours(time: timedelta) -> str:
    """With one digit behind the point."""
    return f"{time / _HOUR:,.1f} h"


def split(amount: Amount) -> str:
    """What the hours were used for, and that nobody knows it of the rest."""
    parts = [
        f"{hours(amount.busy)} at work",
        f"{hours(amount.present)} with people",
        f"{hours(amount.idle)} idle",
    ]
    if amount.unseen >= _HOUR / 10:
        parts.append(f"{hours(amount.unseen)} not seen")
    share = amount.idle_share
    if share is not None:
        parts.append(f"*{share:.0%} of what was seen was idle*")
    return " · ".join(parts)


def usage_answer(usage: Usage) -> Message:
    """A member's: the sum, each server, and that the picture comes by DM."""
    if not usage.entries:
        text = "You had no server in that time."
        return Message(text, [section(text)])
    message = usage_message(usage, "Your usage")
    note = context("The picture comes by DM.")
    return Message(message.text, [*message.blocks, note])


def usage_message(usage: Usage, title: str, *, by_owner: bool = False) -> Message:
    """The sum, and a line for each server, or each person `by_owner`."""
    total = usage.total()
    text = f"{title}: {hours(total.on)} on, {money(total.cost)}. {_plain_split(total)}"
    blocks: list[Block] = [
        header(title),
        section(f"*{hours(total.on)}* on, *{money(total.cost)}*{_saved(total)}\n{split(total)}"),
        section(_lines(usage, by_owner=by_owner)),
        context(NOT_COUNTED + _unpriced(total)),
    ]
    return Message(text, blocks)


def month_answer(month: Month) -> Message:
    """For admins: this month, what it will come to, the one before, and by whom."""
    total, name = month.usage.total(), f"{month.usage.until:%B}"
    text = (
        f"{name}: {money(total.cost)} so far, about {money(month.forecast)} at its end. "
        f"Last month: {money(month.last_month.cost)}."
    )
    blocks: list[Block] = [
        header(f"Cost in {name}"),
        section(
            f"*{money(total.cost)}* so far{_saved(total)}\n"
            f"About *{money(month.forecast)}* at its end, at the pace of the last 7 days\n"
            f"Last month: {money(month.last_month.cost)}"
        ),
        section(_lines(month.usage, by_owner=True)),
        context(f"{NOT_COUNTED}{_unpriced(total)} {code(f'{COMMAND} admin usage')} tells more."),
    ]
    return Message(text, blocks)


def cost_blocks(month: Usage) -> list[Block]:
    """What each server cost this month, for the Home tab."""
    lines = [
        f"{code(month.names.get(server_id, server_id))}: {money(amount.cost)}, "
        f"{hours(amount.on)} on"
        for server_id, amount in list(month.by_server().items())[:MOST_LINES]
    ]
    return [
        header("Cost this month"),
        section("\n".join([f"*{money(month.total().cost)}* in all", *lines])),
        context(f"{NOT_COUNTED} {code(f'{COMMAND} usage')} tells more."),
    ]


def usage_csv(usage: Usage) -> bytes:
    """A line for each day, person and server, as UTF-8 CSV with a head."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        "day owner server_id server hours_on hours_busy hours_present hours_idle hours_unseen "
        "hours_stopped hours_without_price cost_usd saved_usd".split()
    )
    for each in sorted(usage.entries, key=lambda each: (each.day, each.owner, each.server_id)):
        amount = each.amount
        times = (
            amount.on, amount.busy, amount.present, amount.idle, amount.unseen, amount.off,
            amount.unpriced,
        )  # fmt: skip
        writer.writerow(
            [
                each.day.isoformat(),
                harmless(each.owner),
                each.server_id,
                harmless(usage.names.get(each.server_id, "")),
                *(f"{time / _HOUR:.4f}" for time in times),
                f"{amount.cost:.6f}",
                f"{amount.saved:.6f}",
            ]
        )
    return file.getvalue().encode()


def _lines(usage: Usage, *, by_owner: bool) -> str:
    amounts = usage.by_owner() if by_owner else usage.by_server()
    lines = [_line(usage, key, each, by_owner) for key, each in amounts.items()]
    more = len(lines) - MOST_LINES
    if more > 0:
        lines = [*lines[:MOST_LINES], f"… and {more} more"]
    return cut("\n".join(lines)) or "Nobody had a server."


def _line(usage: Usage, key: str, amount: Amount, by_owner: bool) -> str:
    who = f"<@{key}>" if by_owner else code(usage.names.get(key, key))
    share = amount.idle_share
    idle = "" if share is None else f", {share:.0%} idle"
    off = f", stopped {hours(amount.off)}" if amount.off and not by_owner else ""
    return f"{who}: {money(amount.cost)}, {hours(amount.on)} on{idle}{off}"


def _saved(amount: Amount) -> str:
    return f" · {money(amount.saved)} saved by stopping idle servers" if amount.saved else ""


def _unpriced(amount: Amount) -> str:
    if not amount.unpriced:
        return ""
    return f" For {hours(amount.unpriced)} the price was not known; they count as nothing."


def _plain_split(amount: Amount) -> str:
    return escape(split(amount).replace("*", ""))
