"""Block Kit and Slack's markup, with dates, money and sizes in the reader's language. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from provisioning.core.language import _, current_locale, ngettext, number
from provisioning.core.model.cloud import Size

Block = dict[str, Any]

HOURS_A_WORKING_DAY = 8

LONGEST_SECTION = 3_000
"""Most characters of a section's text, from Slack's reference of Block Kit."""
LONGEST_CONTEXT = 2_000
"""Most characters of a context block's text, from Slack's error; the reference has no limit."""

_MENTION = re.compile(r"(<(?:@[A-Z0-9_]+|!subteam\^[A-Z0-9_]+)>)")


@dataclass(frozen=True)
class Message:
    """A message as blocks, and as `text` for notifications and screen readers."""

    text: str
    blocks: list[Block]


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_message(text: str) -> str:
    """Escape a sentence, except for mentions of people and groups."""
    parts = _MENTION.split(text)
    return "".join(part if _MENTION.fullmatch(part) else escape(part) for part in parts)


def without_mentions(text: str) -> str:
    """Return a machine's or Azure's text so that `escape_message` makes no mention of it."""
    return _MENTION.sub(lambda found: found[0].replace("<", "<\N{WORD JOINER}"), text)


def cut(text: str, longest: int = LONGEST_SECTION) -> str:
    """Return the text, or its beginning with an ellipsis if it is too long."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def code(text: str) -> str:
    """Return the text as a code span. A backtick, which would end the span, becomes a quote."""
    return f"`{escape(text.replace('`', chr(39)))}`"


def codes(texts: Iterable[str]) -> str:
    """Return the texts as code spans with commas between them."""
    return ", ".join(map(code, texts))


def date(moment: datetime) -> str:
    """Return the moment as markup that Slack shows in the reader's time zone, else in UTC."""
    fallback = moment.strftime("%Y-%m-%d %H:%M UTC")
    shown = _("{date_short_pretty} at {time}")
    return f"<!date^{int(moment.timestamp())}^{shown}|{fallback}>"


def money(amount: Decimal, pattern: str = "¤#,##0.00") -> str:
    """Return US dollars by a number pattern of CLDR."""
    return str(format_currency(amount, "USD", pattern, current_locale(), currency_digits=False))


def price_per_hour(per_hour: Decimal) -> str:
    """Return US dollars with all decimals of the price list, which has up to six."""
    return money(per_hour, "¤#,##0.######")


def price(per_hour: Decimal | None) -> str:
    """Return the price of an hour and of a working day in US dollars, or "price not known"."""
    if per_hour is None:
        return _("price not known")
    return _(
        "{price} an hour (about {a_day} for {hours} hours)",
        price=price_per_hour(per_hour),
        a_day=money(per_hour * HOURS_A_WORKING_DAY),
        hours=HOURS_A_WORKING_DAY,
    )


def monthly(per_month: Decimal | None) -> str:
    """Return a price in US dollars a month, or "price not known"."""
    if per_month is None:
        return _("price not known")
    return _("{price} a month", price=money(per_month))


def machine(size: Size) -> str:
    """Return cores, memory and GPUs: "2 cores, 4 GiB"."""
    cores = ngettext("{n} core", "{n} cores", size.cores)
    memory = _("{gib} GiB", gib=number(size.memory_gb, "#,##0.##"))
    gpus = [ngettext("{n} GPU", "{n} GPU", size.gpus)] if size.gpus else []
    return ", ".join((cores, memory, *gpus))


_REGION_WORDS = re.compile(
    "north|south|east|west|central|europe|asia|us|uk|uae|usa|qatar|china|gov|india|"
    "australia|brazil|canada|france|germany|israel|italy|japan|korea|mexico|newzealand|norway|"
    "poland|spain|sweden|switzerland|southafrica|indonesia|malaysia|austria|chile|jio|[0-9]+"
)
_CAPITALS = frozenset({"us", "uk", "uae"})


def region_name(region: str) -> str:
    """Return a region in words, with Azure's name: "West Europe (westeurope)".

    A name of other parts stays alone.
    """
    words = _REGION_WORDS.findall(region)
    if not words or "".join(words) != region:
        return region
    name = " ".join(word.upper() if word in _CAPITALS else word.capitalize() for word in words)
    return f"{name} ({region})"


def duration(seconds: float) -> str:
    """Return rounded seconds or minutes: "45 s", "3 min"."""
    if seconds < 100:
        return _("{seconds} s", seconds=number(round(seconds)))
    return _("{minutes} min", minutes=number(round(seconds / 60)))


def long_duration(time: timedelta) -> str:
    """Return the time of a setting in its largest whole unit: "7 days", "12 hours"."""
    seconds = round(time.total_seconds())
    if seconds % 86_400 == 0:
        return ngettext("{n} day", "{n} days", seconds // 86_400)
    if seconds % 3600 == 0:
        return ngettext("{n} hour", "{n} hours", seconds // 3600)
    return ngettext("{n} minute", "{n} minutes", max(1, round(seconds / 60)))


def duration_range(p50: float, p90: float) -> str:
    """Return a range of two durations: "2-4 min"."""
    if p90 < 100:
        return _("{low}-{high} s", low=round(p50), high=round(p90))
    low, high = max(1, round(p50 / 60)), max(1, round(p90 / 60))
    if low == high:
        return _("about {minutes} min", minutes=low)
    return _("{low}-{high} min", low=low, high=high)


def section(text: str, accessory: Block | None = None) -> Block:
    """Return a paragraph, cut to the length that Slack takes."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": cut(text)}}
    return block | {"accessory": accessory} if accessory else block


def plain(text: str) -> Message:
    """Return a message of one paragraph in Slack's markup."""
    return Message(cut(text), [section(text)])


def plain_text(text: str) -> Block:
    """Return text without markup, for titles and labels of forms."""
    return {"type": "plain_text", "text": text}


def context(text: str) -> Block:
    """Return small print, cut to the length that Slack takes."""
    shown = cut(text, LONGEST_CONTEXT)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": shown}]}


def header(text: str) -> Block:
    """Return a title, cut to 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150], "emoji": True}}


def divider() -> Block:
    """Return a horizontal line."""
    return {"type": "divider"}


def actions(*elements: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(
    text: str, action_id: str, value: str, *, style: str | None = None, url: str | None = None
) -> Block:
    """Return a button. `value` is always an id; `style` is "primary" or "danger"."""
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": text, "emoji": True},
        "action_id": action_id,
        "value": value,
    }
    return element | ({"style": style} if style else {}) | ({"url": url} if url else {})


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """Return the menu behind three dots, of at most five options: each a word and a value.

    A value is "action/id": the action id of the button that would do the same, and its value.
    """
    choices = [{"text": plain_text(word), "value": value} for word, value in options]
    return {"type": "overflow", "action_id": action_id, "options": choices}


def confirmed(element: Block, title: str, text: str, confirm: str, deny: str) -> Block:
    """Return the button with Slack's own dialog in front of its action."""
    dialog = {
        "title": {"type": "plain_text", "text": title[:100]},
        "text": {"type": "mrkdwn", "text": text[:300]},
        "confirm": {"type": "plain_text", "text": confirm[:30]},
        "deny": {"type": "plain_text", "text": deny[:30]},
        "style": "danger",
    }
    return element | {"confirm": dialog}
