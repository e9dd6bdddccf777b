"""The form of a new server. Pure: data -> view, and what was entered -> data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from handlers.mrkdwn import (
    Block,
    Message,
    escape_message,
    machine,
    money,
    price_per_hour,
    section,
)
from provisioning.creation import Offer
from provisioning.language import _, ngettext
from provisioning.platforms.catalogue import PLATFORMS, Platform

CALLBACK = "creation_form"
PLATFORM, RELEASE, SIZE, NAME = "platform", "release", "size", "name"
"""Ids of the fields, of their blocks and of the words that a `UserError` names."""

HOURS_A_MONTH = 8 * 30
MOST_SIZES = 100
"""Options of one select, by Slack's reference of Block Kit."""


@dataclass(frozen=True)
class Wish:
    """What the form begins with, and what was entered; "" is left to the bot."""

    platform: str = next(iter(sorted(PLATFORMS, key=lambda name: name != "ubuntu")))
    release: str = ""
    size: str = ""
    name: str = ""


def waiting_form() -> dict[str, Any]:
    """Shown at once, since the trigger lives three seconds and the cloud takes its time."""
    return _view([section(_(":hourglass_flowing_sand: Asking Azure what it has …"))])


def refused_form(sentence: str) -> dict[str, Any]:
    """Why there is nothing to choose."""
    return _view([section(escape_message(sentence))])


def done_form(message: Message) -> dict[str, Any]:
    """The answer, in the form's place."""
    return _view(message.blocks) | {"close": _plain(_("Close"))}


def creation_form(platform: Platform, offers: Sequence[Offer], wish: Wish) -> dict[str, Any]:
    """Platform, release, size with its price, and name."""
    if not offers:
        return refused_form(
            _(
                "Azure has no size left for {platform}: each is sold out or beyond the quota. "
                "Delete or stop a server, ask your admin for more quota, or try again later.",
                platform=platform.title,
            )
        )
    platforms = [_option(each.title, each.name) for each in PLATFORMS.values()]
    releases = [_option(f"{platform.title} {name}", name) for name in platform.releases]
    sizes = [_option(_offer(offer), offer.size.name) for offer in offers[:MOST_SIZES]]
    month = _("A month is 30 days of 8 hours: a stopped server costs only its disk.")
    more = len(offers) - MOST_SIZES
    if more > 0:
        month = ngettext(
            "{month} There is {n} more size: `create` takes it with `--size`.",
            "{month} There are {n} more sizes: `create` takes them with `--size`.",
            more,
            month=month,
        )
    free = _("Letters a-z, digits and hyphens. I find one if you leave it out.")
    release = _select(releases, wish.release or platform.default_release)
    size = _select(sizes, wish.size)
    blocks = [
        _input(PLATFORM, _("System"), _select(platforms, platform.name))
        | {"dispatch_action": True},
        _input(f"{RELEASE}_{platform.name}", _("Release"), release),
        _input(f"{SIZE}_{platform.name}", _("Size"), size) | {"hint": _plain(month)},
        _input(NAME, _("Name"), _text(wish.name)) | {"optional": True, "hint": _plain(free)},
    ]
    return _view(blocks) | {"submit": _plain(_("Create")), "close": _plain(_("Cancel"))}


def read_form(view: Mapping[str, Any]) -> Wish:
    """What is entered in a view that Slack sent."""
    values = {
        block_id.partition("_")[0]: next(iter(elements.values()))
        for block_id, elements in view["state"]["values"].items()
    }

    def entered(field: str) -> str:
        element = values.get(field) or {}
        chosen = element.get("selected_option") or {}
        return str(chosen.get("value") or element.get("value") or "")

    return Wish(entered(PLATFORM), entered(RELEASE), entered(SIZE), entered(NAME).strip())


def errors_at(view: Mapping[str, Any], field: str, sentence: str) -> dict[str, str]:
    """Slack's `errors`: the sentence at the block of that field, or at the first one."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    at = next((each for each in blocks if each.partition("_")[0] == field), blocks[0])
    return {at: sentence.replace("`", "")}


def _view(blocks: list[Block]) -> dict[str, Any]:
    title = _plain(_("New notebook server"))
    return {"type": "modal", "callback_id": CALLBACK, "title": title, "blocks": blocks}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": _plain(text[:75]), "value": value}


def _select(options: Sequence[Mapping[str, Any]], chosen: str) -> dict[str, Any]:
    initial = next((each for each in options if each["value"] == chosen), options[0])
    return {"type": "static_select", "options": list(options), "initial_option": initial}


def _text(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "max_length": 40} | (
        {"initial_value": value} if value else {}
    )


def _input(block_id: str, label: str, element: dict[str, Any]) -> Block:
    # A platform's sizes are another block than the next platform's: Slack keeps what was
    # chosen by the block's id, and would show a size that this platform doesn't have.
    return {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": element | {"action_id": f"form_{block_id.partition('_')[0]}"},
    }


def _offer(offer: Offer) -> str:
    return f"{offer.size.name} · {machine(offer.size)} · {_money(offer.price_per_hour)}"


def _money(per_hour: Decimal | None) -> str:
    if per_hour is None:
        return _("price not known")
    return _(
        "{price}/h · {a_month}/month",
        price=price_per_hour(per_hour),
        a_month=money(per_hour * HOURS_A_MONTH, "¤#,##0"),
    )
