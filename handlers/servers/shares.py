"""The guests of a server, as its owner and its guests see them. Pure."""

from collections.abc import Sequence

from handlers.kit.action_ids import UNSHARE_BUTTON
from handlers.kit.blocks import (
    Block,
    button,
    confirmed,
    context,
    date,
    section,
)
from provisioning.core.language import _, ngettext
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server

MOST_SHARES_SHOWN = 20
"""Most shares of a server in one answer: each has a block, and Slack takes 50 in a message."""


def share_lines(server: Server, shares: Sequence[Share], viewer: str) -> list[Block]:
    """Return the guests of a server; the owner can stop each share."""
    if not shares:
        return []
    left = len(shares) - MOST_SHARES_SHOWN
    if viewer != server.owner:
        others = ", ".join(f"<@{share.member}>" for share in shares[:MOST_SHARES_SHOWN])
        if left > 0:
            text = ngettext(
                "Owned by <@{owner}>; shared with {people} and {n} more.",
                "Owned by <@{owner}>; shared with {people} and {n} more.",
                left,
                owner=server.owner,
                people=others,
            )
        else:
            text = _(
                "Owned by <@{owner}>; shared with {people}.", owner=server.owner, people=others
            )
        return [context(text)]
    lines = [
        section(
            _("Shared with <@{person}> since {time}", person=share.member, time=date(share.since)),
            unshare_button(server, share.member),
        )
        for share in shares[:MOST_SHARES_SHOWN]
    ]
    if left > 0:
        lines.append(context(ngettext("… and {n} more.", "… and {n} more.", left)))
    return lines


def unshare_button(server: Server, person_id: str) -> Block:
    """Return the button that stops a share, with Slack's dialog in front of it."""
    return confirmed(
        button(_("Stop sharing"), UNSHARE_BUTTON, f"{server.id}/{person_id}"),
        _("Stop sharing {name}?", name=server.name),
        _(
            "<@{person}>'s password, sessions and open pages end within seconds.",
            person=person_id,
        ),
        _("Stop sharing"),
        _("Keep sharing"),
    )
