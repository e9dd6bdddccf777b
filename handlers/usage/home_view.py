"""The Home tab's view. Pure."""

from typing import Any

from handlers.commands.registry import command_name
from handlers.idle.evidence import probe_line
from handlers.kit.blocks import Block, code, context, cut, date, escape, header, section
from handlers.servers.card_notes import disk_price_text, disk_text
from handlers.servers.listing import (
    MOST_LISTED,
    and_more,
    no_servers,
    server_buttons,
    server_line,
    what_else,
)
from handlers.usage.answers import cost_blocks, cost_of
from provisioning.core.language import N_, _, ngettext, number, said
from provisioning.core.model.server import state_word
from provisioning.idle.history import History
from provisioning.idle.outlook import Fate, Outlook
from provisioning.servers.census import Crowd
from provisioning.usage.overview import Glance, Overview

_FATES = {
    Fate.WARNED: N_("*ends {time}* unless you act: see our DM"),
    Fate.FINISHED: N_("stays on until its work ends, {time} at the latest"),
    Fate.UNATTENDED: N_("does not come up; stops {time} unless it is repaired"),
    Fate.KEPT: N_("stays as it is until {time}"),
    Fate.UNUSED: N_("stops {time} unless it is used"),
    Fate.LIFETIME: N_("stops {time}, which is as long as your admin allows"),
    Fate.HOURS_END: N_("its scheduled hours end {time}"),
    Fate.HOURS_BEGIN: N_("starts {time} by its schedule"),
    Fate.DELETED: N_("is deleted {time} unless it is started or kept"),
}


def home_view(overview: Overview, viewer: str = "", admins: str = "") -> dict[str, Any]:
    """Return the Home tab: at most 100 blocks, three a listed server and fifteen others.

    `admins` are mentions of the admins, for a member without servers.
    """
    shown = overview.glances[:MOST_LISTED]
    blocks: list[Block] = [header(_("My servers"))]
    for glance in shown:
        blocks += _card(glance, viewer)
    if not shown:
        blocks += first_steps(admins)
    blocks += and_more(len(overview.glances) - MOST_LISTED)
    blocks += what_else()
    if overview.month.entries:
        blocks += cost_blocks(overview.month, {glance.server.id for glance in shown})
    if overview.crowd is not None:
        blocks += _all_servers(overview.crowd)
    return {"type": "home", "blocks": blocks}


def first_steps(admins: str) -> list[Block]:
    """Return what a member without servers reads: what this is, what it costs, whom to ask."""
    what = _(
        "*What this is*\nA server of your own with JupyterLab, ready in a few minutes. "
        "*New server* below creates one, and {create} does too.",
        create=code(f"{command_name()} create ubuntu"),
    )
    costs = _(
        "*What it costs*\nIt costs money by the hour while it runs, and only its disk and address "
        "cost money while it is stopped. The form shows each price. A server that is not used "
        "stops by itself, and its files stay."
    )
    ask = [section(_("*Whom to ask*\n{admins}", admins=admins))] if admins else []
    return [section(no_servers()), section(what), section(costs), *ask]


def for_outsiders(admins: str) -> list[Block]:
    """Return what a person who may not use the bot reads: what it is, and whom to ask."""
    text = _(
        "This bot creates notebook servers with JupyterLab for members of your team. You can't use "
        "it yet. Ask {admins} to add you.",
        admins=admins,
    )
    return [header(_("Notebook servers")), section(text)]


def _card(glance: Glance, viewer: str) -> list[Block]:
    """Return one server's blocks: its state, its outlook and use, its buttons."""
    line = server_line(glance.server, viewer)
    if glance.month is not None:
        line += f" · {cost_of(glance.month)}"
    small = [
        *([] if glance.outlook is None else [_fate(glance.outlook)]),
        *([] if glance.history is None else _use(glance.history)),
        *([] if glance.server.disk is None else [disk_text(glance.server.disk)]),
        *disk_price_text(glance.server),
    ]
    return [
        section(line),
        *([context(cut(" · ".join(small)))] if small else []),
        *server_buttons(glance.server, viewer),
    ]


def _fate(outlook: Outlook) -> str:
    return said(_FATES[outlook.fate]).format(time=date(outlook.at))


def _use(history: History) -> list[str]:
    """Return the last probe result and its time; nothing for a stopped server."""
    if history.stopped_at is not None:
        return []
    if history.unknown_since is not None:
        since, why = date(history.unknown_since), escape(said(history.unknown_why))
        return [_("its use has been unknown since {time}: {why}", time=since, why=why)]
    if history.seen_at is None:
        return [_("not checked yet")]
    return [_busy_or_idle(history), probe_line(history.evidence), _as_of(history)]


def _busy_or_idle(history: History) -> str:
    if history.evidence.work:
        return _("*busy*")
    if history.idle_since is None:
        return _("*in use*")
    return _("*idle* since {time}", time=date(history.idle_since))


def _as_of(history: History) -> str:
    return _("as of {time}", time=date(history.seen_at)) if history.seen_at else ""


def _all_servers(crowd: Crowd) -> list[Block]:
    """Return the number of all servers for admins, and the commands that show more."""
    states = [
        f"{state_word(status)}: *{number(count)}*" for status, count in crowd.by_status.items()
    ]
    count = sum(crowd.by_status.values())
    text = ngettext(
        "{n} server in all. Members who have one: {people}.",
        "{n} servers in all. Members who have one: {people}.",
        count,
        people=number(crowd.owners),
    )
    words = ", ".join(
        code(f"{command_name()} admin {word}")
        for word in ("servers", "usage", "cost", "quota", "limits", "orphans")
    )
    return [
        header(_("All servers")),
        section("\n".join([text, *([" · ".join(states)] if states else [])])),
        context(_("{commands} show more.", commands=words)),
    ]
