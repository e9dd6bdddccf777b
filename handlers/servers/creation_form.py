"""The form of a new server. Pure: a draft becomes a view, and a submitted view a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from handlers.kit.blocks import (
    Block,
    Message,
    escape_message,
    machine,
    money,
    monthly,
    plain_text,
    price_per_hour,
    region_name,
    section,
)
from provisioning.core.language import _, ngettext
from provisioning.core.model.limits import HOURS_A_MONTH
from provisioning.notebooks.repositories import LONGEST
from provisioning.platforms.catalogue import PLATFORMS, Platform
from provisioning.servers.create import Choice
from provisioning.servers.offers import DiskOffer, Offer

CREATION_FORM = "creation_form"
PLATFORM, REGION, RELEASE, SIZE, NAME = "platform", "region", "release", "size", "name"
KEEP, PACKAGES, REPOSITORY, SHARE, DISK = "keep", "packages", "repository", "share", "disk"
"""The ids of the fields: in block ids, action ids and `UserError.field`."""

KEEP_HOURS = (4, 8, 24, 48, 72, 120, 168)
"""The hours that the form offers, up to the admin's limit."""
MOST_SHARES = 20
MOST_SIZES = 100
"""Most options of one select, from Slack's reference of Block Kit."""


@dataclass(frozen=True)
class CreationDraft:
    """The values of the form, before and after the member fills it in.

    The bot chooses where a value is "". `shares` are Slack ids.
    """

    platform: str = next(iter(sorted(PLATFORMS, key=lambda name: name != "ubuntu")))
    release: str = ""
    size: str = ""
    name: str = ""
    keep_hours: int = 0
    packages: str = ""
    repository: str = ""
    shares: tuple[str, ...] = ()
    region: str = ""
    disk: str = ""


def waiting_form() -> dict[str, Any]:
    """Return the form to open at once, since a trigger lives 3 s and Azure may take longer."""
    return _view([section(_(":hourglass_flowing_sand: Asking Azure which sizes are available …"))])


def refused_form(sentence: str) -> dict[str, Any]:
    """Return a form that only says why there is nothing to choose."""
    return _view([section(escape_message(sentence))])


def done_form(message: Message) -> dict[str, Any]:
    """Return the answer in place of the form."""
    return _view(message.blocks) | {"close": plain_text(_("Close"))}


def creation_form(platform: Platform, choice: Choice, draft: CreationDraft) -> dict[str, Any]:
    """Return the form: platform, name, size with its price, region, release and options.

    The region is left out if there is only one.
    """
    where = [_platform(platform), *_region(choice)]
    if not choice.offers:
        return _nothing_left(platform, choice, where)
    releases = [_option(platform.title_of(name), name) for name in platform.releases]
    free = _("Letters a-z, digits and hyphens. I choose a name if you leave this empty.")
    release = _select(releases, draft.release or choice.release or platform.default_release)
    platforms, *region = where
    blocks = [
        platforms,
        _input(NAME, _("Name"), _text(draft.name)) | {"optional": True, "hint": plain_text(free)},
        _size(platform, choice, draft),
        *region,
        _input(f"{RELEASE}_{platform.name}", _("Release"), release),
        *_disk(platform, choice, draft),
        *_keep(draft, choice.keep_at_most),
        *_packages(draft),
        *_repository(platform, draft),
        *_share(draft),
    ]
    return _view(blocks) | {"submit": plain_text(_("Create")), "close": plain_text(_("Cancel"))}


def _platform(platform: Platform) -> Block:
    platforms = [_option(each.title, each.name) for each in PLATFORMS.values()]
    select = _select(platforms, platform.name)
    return _input(PLATFORM, _("Platform"), select) | {"dispatch_action": True}


def _region(choice: Choice) -> list[Block]:
    if len(choice.regions) == 1:
        return []
    regions = [_option(region_name(each), each) for each in choice.regions]
    select = _select(regions, choice.region)
    hint = plain_text(_("Where the server's machine is. It can't be moved later."))
    return [_input(REGION, _("Region"), select) | {"dispatch_action": True, "hint": hint}]


def _size(platform: Platform, choice: Choice, draft: CreationDraft) -> Block:
    month = _("A month means 30 days of 8 hours. A stopped server costs only its disk.")
    more = len(choice.offers) - MOST_SIZES
    if more > 0:
        month = ngettext(
            "{month} There is {n} more size: `create` takes it with `--size`.",
            "{month} There are {n} more sizes: `create` takes them with `--size`.",
            more,
            month=month,
        )
    sizes = [_option(_offer(offer), offer.size.name) for offer in choice.offers[:MOST_SIZES]]
    block_id = f"{SIZE}_{platform.name}"
    if choice.region != choice.regions[0]:
        block_id += f"_{choice.region}"
    return _input(block_id, _("Size"), _select(sizes, draft.size)) | {"hint": plain_text(month)}


def _disk(platform: Platform, choice: Choice, draft: CreationDraft) -> list[Block]:
    if len(choice.disks) < 2:
        return []
    options = [_option(_disk_offer(each), str(each.gb)) for each in choice.disks]
    hint = _("It can grow later, but not shrink. It costs money while the server is stopped too.")
    block = _input(f"{DISK}_{platform.name}", _("Disk"), _select(options, draft.disk))
    return [block | {"hint": plain_text(hint)}]


def _disk_offer(offer: DiskOffer) -> str:
    return f"{offer.gb} GB · {monthly(offer.price_per_month)}"


def _nothing_left(platform: Platform, choice: Choice, where: Sequence[Block]) -> dict[str, Any]:
    """Return a form that says why there is no size, with the fields to look elsewhere.

    It can't be submitted, and Slack takes input blocks only in a form that can be. So sections
    hold the elements beside their names.
    """
    none = _(
        "Azure has no size left for {platform} in {region}: each is sold out or beyond the quota. "
        "Delete or stop a server, ask your admin for more quota, or try again later.",
        platform=platform.title,
        region=choice.region,
    )
    if len(where) == 1:
        return refused_form(none)
    picks = [
        section(field["label"]["text"], field["element"]) | {"block_id": field["block_id"]}
        for field in where
    ]
    return _view([*picks, section(none)])


def _keep(draft: CreationDraft, most: timedelta) -> list[Block]:
    hours = [each for each in KEEP_HOURS if timedelta(hours=each) <= most]
    if not hours:
        return []
    options = [_option(_("As long as it is used"), "0")]
    options += [_option(_hours(each), str(each)) for each in hours]
    hint = _("An idle server is stopped; its files stay.")
    element = _select(options, str(draft.keep_hours))
    return [_input(KEEP, _("Keep it on for"), element) | {"hint": plain_text(hint)}]


def _hours(hours: int) -> str:
    if hours < 24 or hours % 24:
        return ngettext("{n} hour", "{n} hours", hours)
    return ngettext("{n} day", "{n} days", hours // 24)


def _packages(draft: CreationDraft) -> list[Block]:
    hint = _("One per line, as in requirements.txt: polars>=1.0")
    block = _input(PACKAGES, _("Packages to add"), _lines(draft.packages))
    return [block | {"optional": True, "hint": plain_text(hint)}]


def _repository(platform: Platform, draft: CreationDraft) -> list[Block]:
    element = _text(draft.repository) | {"max_length": LONGEST}
    block = _input(f"{REPOSITORY}_{platform.name}", _("Git repository to clone"), element)
    hint = _("The https address of a public repository.")
    if not platform.machine.git_package:
        hint = _(
            "The https address of a public repository. You get its latest commit, without the "
            "history."
        )
    return [block | {"optional": True, "hint": plain_text(hint)}]


def _share(draft: CreationDraft) -> list[Block]:
    hint = _("They use its files and kernels with you, and each gets a one-time password.")
    block = _input(SHARE, _("Share it with"), _people(draft.shares))
    return [block | {"optional": True, "hint": plain_text(hint)}]


def read_creation_form(view: Mapping[str, Any]) -> CreationDraft:
    """Return the values of a view that Slack has sent."""
    values = {
        block_id.partition("_")[0]: next(iter(elements.values()))
        for block_id, elements in view["state"]["values"].items()
    }

    def entered(field: str) -> str:
        element = values.get(field) or {}
        chosen = element.get("selected_option") or {}
        return str(chosen.get("value") or element.get("value") or "")

    return CreationDraft(
        platform=entered(PLATFORM),
        release=entered(RELEASE),
        size=entered(SIZE),
        name=entered(NAME).strip(),
        keep_hours=int(entered(KEEP) or 0),
        packages=entered(PACKAGES),
        repository=entered(REPOSITORY).strip(),
        shares=tuple((values.get(SHARE) or {}).get("selected_users") or ()),
        region=entered(REGION),
        disk=entered(DISK),
    )


def _view(blocks: list[Block]) -> dict[str, Any]:
    title = plain_text(_("New notebook server"))
    return {"type": "modal", "callback_id": CREATION_FORM, "title": title, "blocks": blocks}


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain_text(text[:75]), "value": value}


def _select(options: Sequence[Mapping[str, Any]], chosen: str) -> dict[str, Any]:
    initial = next((each for each in options if each["value"] == chosen), options[0])
    return {"type": "static_select", "options": list(options), "initial_option": initial}


def _text(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "max_length": 40} | (
        {"initial_value": value} if value else {}
    )


def _lines(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "multiline": True, "max_length": 3000} | (
        {"initial_value": value} if value else {}
    )


def _people(chosen: Sequence[str]) -> dict[str, Any]:
    return {"type": "multi_users_select", "max_selected_items": MOST_SHARES} | (
        {"initial_users": list(chosen)} if chosen else {}
    )


def _input(block_id: str, label: str, element: dict[str, Any]) -> Block:
    # The sizes of another platform or region have another block id. Slack keeps a choice by the
    # block's id, and would show a size that is not available.
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label),
        "element": element | {"action_id": f"form_{block_id.partition('_')[0]}"},
    }


def _offer(offer: Offer) -> str:
    return f"{machine(offer.size)} · {_money(offer.price_per_hour)} · {offer.size.name}"


def _money(per_hour: Decimal | None) -> str:
    if per_hour is None:
        return _("price not known")
    return _(
        "{price}/h · {a_month}/month",
        price=price_per_hour(per_hour),
        a_month=money(per_hour * HOURS_A_MONTH, "¤#,##0"),
    )
