"""The answers to the commands for admins. Pure."""

from collections.abc import Sequence

from handlers.kit.action_ids import NOTHING, UPDATE_IDLE_BUTTON
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    cut,
    date,
    escape,
    header,
    plain,
    section,
)
from handlers.kit.csv_files import csv_file, harmless
from handlers.servers.listing import server_line
from provisioning.admin.administration import Quotas, Trail
from provisioning.core.language import _, ngettext, number
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.servers.census import Listing

MOST_EVENTS_SHOWN = 40
"""Lines of the audit trail in one message: with their dates about 3,000 characters."""

MOST_REGIONS = 15
"""Regions in one message: three blocks each, and Slack takes 50."""


def servers_answer(listing: Listing, state: str | None = None, version: str = "") -> Message:
    """Return the oldest servers of all members, each with its owner, and how to get all.

    `version` is the one of servers that are up to date. If one is behind, a button updates all
    that are idle.
    """
    if not listing.servers:
        text = (
            _("No server is {state}.", state=escape(state)) if state else _("There are no servers.")
        )
        return plain(text)
    lines = [
        " · ".join((server_line(each), f"<@{each.owner}>", *_version(each, version)))
        for each in listing.servers
    ]
    text = ngettext("{n} server", "{n} servers", listing.total)
    blocks: list[Block] = [header(text), *map(section, lines)]
    more = listing.total - len(lines)
    if more > 0:
        blocks.append(
            context(
                ngettext(
                    "… and {n} newer server; {option} sends all of them.",
                    "… and {n} newer servers; {option} sends all of them.",
                    more,
                    option=code("--csv"),
                )
            )
        )
    if any(_is_behind(each, version) and _runs(each) for each in listing.servers):
        update = button(_("Update all idle ones"), UPDATE_IDLE_BUTTON, NOTHING)
        blocks.append(actions(update))
    return Message(cut("\n".join([text, *lines])), blocks)


def _version(server: Server, current: str) -> list[str]:
    """Return the server's version and whether it is behind; nothing for one that has none yet."""
    if not current or server.ready_at is None:
        return []
    if not server.machine_version:
        return [_("version unknown, so behind")]
    short = code(server.machine_version[:7])
    if _is_behind(server, current):
        return [_("version {version}, behind", version=short)]
    return [_("version {version}, current", version=short)]


def _is_behind(server: Server, current: str) -> bool:
    return bool(current) and server.ready_at is not None and server.machine_version != current


def _runs(server: Server) -> bool:
    return server.status is Status.RUNNING


def quota_answer(regions: Sequence[Quotas]) -> Message:
    """Return the quota of each region: cores in use, limit, and the owners of running servers."""
    shown = [_quotas(each) for each in regions[:MOST_REGIONS]]
    blocks = [block for _text, part in shown for block in part]
    more = len(regions) - MOST_REGIONS
    if more > 0:
        blocks.append(context(ngettext("… and {n} more region.", "… and {n} more regions.", more)))
    blocks.append(context(_("These are the cores of running servers; a stopped server uses none.")))
    return Message(cut("\n".join(text for text, _part in shown)), blocks)


def _quotas(quotas: Quotas) -> tuple[str, list[Block]]:
    lines = [
        _(
            "{title}: *{usage}* of {limit}",
            title=escape(each.title),
            usage=number(each.usage),
            limit=number(each.limit),
        )
        for each in quotas.quotas
        if each.limit
    ]
    holders = [
        _holder(owner, count, cores)
        for owner, (count, cores) in sorted(quotas.holders.items(), key=lambda item: -item[1][1])
    ]
    text = "\n".join(lines) or _("Azure reports no limits.")
    return text, [
        header(_("Quota in {region}", region=quotas.region)),
        section(text),
        section("\n".join(holders) or _("No server is running.")),
    ]


def _holder(owner: str, servers: int, cores: int) -> str:
    return ngettext(
        "<@{owner}>: {cores} cores on {n} server",
        "<@{owner}>: {cores} cores on {n} servers",
        servers,
        owner=owner,
        cores=number(cores),
    )


def audit_answer(trail: Trail) -> Message:
    """Return the latest entries of the audit trail."""
    lines = [_line(event) for event in trail.events]
    text = cut("\n".join(lines)) or _("The audit trail has no entries for that time.")
    blocks: list[Block] = [section(text)]
    if trail.earlier:
        blocks.append(
            context(
                ngettext(
                    "… and {n} earlier entry; {option} sends all of them.",
                    "… and {n} earlier entries; {option} sends all of them.",
                    trail.earlier,
                    option=code("--csv"),
                )
            )
        )
    return Message(text, blocks)


def csv_answer(lines: int) -> Message:
    """Return the answer while a file is sent by DM."""
    return plain(
        ngettext(
            "{n} line is on its way to you by DM, as a file.",
            "{n} lines are on their way to you by DM, as a file.",
            lines,
        )
    )


def announced_answer(owners: int) -> Message:
    """Return how many owners get the announcement."""
    return plain(
        ngettext(
            "I'm sending this to {n} member who has a server.",
            "I'm sending this to {n} members who have a server.",
            owners,
        )
    )


def _line(event: Event) -> str:
    who = f"<@{event.actor}>" if event.actor.startswith(("U", "W")) else escape(event.actor)
    detail = f" · {escape(event.detail[:80])}" if event.detail else ""
    return f"{date(event.at)} {who} *{escape(event.action)}* {escape(event.result)}{detail}"


def audit_csv(events: Sequence[Event]) -> bytes:
    """Return the audit trail as CSV, oldest entry first."""
    rows = (
        (
            each.at.isoformat(),
            each.actor,
            each.action,
            each.server_id or "",
            each.result,
            each.detail,
        )
        for each in reversed(events)
    )
    head = "at actor action server result detail"
    return csv_file(head, ([harmless(value) for value in row] for row in rows))


def servers_csv(servers: Sequence[Server], version: str = "") -> bytes:
    """Return the servers as CSV, oldest first; `version` is the one of those up to date."""
    head = (
        "name owner owner_name state platform size region created_at ready_at stopped_at "
        "usd_per_hour url id version is_current"
    )
    return csv_file(head, (_server_row(each, version) for each in servers))


def _server_row(server: Server, version: str) -> Sequence[object]:
    moments = (server.created_at, server.ready_at, server.stopped_at)
    return [
        *map(harmless, (server.name, server.owner, server.owner_name)),
        server.status,
        server.platform,
        server.size,
        server.region,
        *("" if moment is None else moment.isoformat() for moment in moments),
        "" if server.price_per_hour is None else server.price_per_hour,
        server.url,
        server.id,
        server.machine_version,
        "no" if _is_behind(server, version) else "yes",
    ]


def announcement(admin: Member, text: str) -> Message:
    """Return an admin's announcement to the owners of servers."""
    return Message(
        cut(escape(text)),
        [section(f":loudspeaker: {escape(text)}"), context(_("From <@{admin}>", admin=admin.id))],
    )
