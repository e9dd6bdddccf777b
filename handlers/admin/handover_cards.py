"""The questions and answers about transfers, stops and deletions by admins. Pure."""

from collections.abc import Sequence

from handlers.kit.action_ids import (
    ADMIN_TRANSFER_ALL_BUTTON,
    ADMIN_TRANSFER_BUTTON,
)
from handlers.kit.blocks import (
    Message,
    actions,
    button,
    code,
    codes,
    confirmed,
    plain,
    price,
    section,
)
from provisioning.admin.handover import Handled
from provisioning.core.language import _
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, state_word

_MOST_LISTED = 20


def admin_transfer_question(server: Server, person: Member) -> Message:
    """Ask an admin to confirm the transfer of one server."""
    text = _(
        "Give {name} of <@{owner}> to <@{person}>? The new owner gets all files on it, and "
        "<@{owner}> loses access.",
        name=code(server.name),
        owner=server.owner,
        person=person.id,
    )
    give = confirmed(
        button(_("Transfer"), ADMIN_TRANSFER_BUTTON, f"{server.id}/{person.id}", style="danger"),
        _("Transfer {name}?", name=server.name),
        _(
            "<@{person}> becomes its owner, and <@{owner}>'s access ends.",
            person=person.id,
            owner=server.owner,
        ),
        _("Transfer it"),
        _("Leave it"),
    )
    return Message(text, [section(text), actions(give)])


def transfer_all_question(owner: str, servers: Sequence[Server], person: Member) -> Message:
    """Ask an admin to confirm the transfer of all of a member's servers."""
    text = _(
        "Give all servers of <@{owner}> to <@{person}>? The new owner gets all files on them, "
        "and <@{owner}> loses access.",
        owner=owner,
        person=person.id,
    )
    give = confirmed(
        button(
            _("Transfer all"), ADMIN_TRANSFER_ALL_BUTTON, f"{owner}/{person.id}", style="danger"
        ),
        _("Transfer all of them?"),
        _(
            "<@{person}> becomes their owner, and <@{owner}>'s access ends.",
            person=person.id,
            owner=owner,
        ),
        _("Transfer all"),
        _("Leave them"),
    )
    return Message(text, [section(text), section(server_lines(servers)), actions(give)])


def admin_transferred_answer(server: Server, person: Member) -> Message:
    """Return the answer to the transfer of one server."""
    return plain(
        _(
            "{name} now belongs to <@{person}>. They get a one-time password by DM.",
            name=code(server.name),
            person=person.id,
        )
    )


def all_transferred_answer(handled: Handled, person: Member) -> Message:
    """Return which servers have a new owner, and which do not."""
    names = names_of(handled.done)
    done = _("<@{person}> now owns {names}.", person=person.id, names=names)
    left = _(
        "{names} can't be transferred now; only running and stopped servers can. Try again later.",
        names=names_of(handled.left),
    )
    return _both(handled, done, left)


def all_stopped_answer(handled: Handled) -> Message:
    """Return which servers are stopping, and which can't be stopped."""
    done = _("I'm stopping {names}. Their files are kept.", names=names_of(handled.done))
    left = _("{names} can't be stopped now.", names=names_of(handled.left))
    return _both(handled, done, left)


def all_deleted_answer(handled: Handled) -> Message:
    """Return which servers are deleting, and which can't be deleted."""
    done = _("I'm deleting {names}, with everything on them.", names=names_of(handled.done))
    left = _("{names} can't be deleted now.", names=names_of(handled.left))
    return _both(handled, done, left)


def _both(handled: Handled, done: str, left: str) -> Message:
    return plain("\n".join([*([done] if handled.done else []), *([left] if handled.left else [])]))


def names_of(servers: Sequence[Server]) -> str:
    """Return the servers' names in code spans."""
    return codes(server.name for server in servers)


def server_lines(servers: Sequence[Server]) -> str:
    """Return the servers, a line each, with state, size and price."""
    lines = [
        f"{code(each.name)} · {state_word(each.status)} · {code(each.size)} · "
        f"{price(each.price_per_hour)}"
        for each in servers[:_MOST_LISTED]
    ]
    more = len(servers) - _MOST_LISTED
    return "\n".join([*lines, _("… and {count} more", count=more)] if more > 0 else lines)
