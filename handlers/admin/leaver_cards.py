"""The cards about members who have left, and who have come back. Pure."""

from collections.abc import Sequence

from handlers.admin.handover_cards import names_of, server_lines
from handlers.kit.action_ids import (
    LEAVER_DELETE_BUTTON,
    LEAVER_GIVE_BACK_BUTTON,
    LEAVER_PICKER,
    LEAVER_STOP_BUTTON,
    LEAVERS_CONFIRM_BUTTON,
    NOTHING,
)
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    codes,
    confirmed,
    header,
    plain,
    plain_text,
    section,
)
from provisioning.core.language import _, ngettext
from provisioning.core.model.people import Departure, Standing
from provisioning.core.model.server import Server

_MOST_LISTED = 20


def leaver_card(departure: Departure, servers: Sequence[Server]) -> Message:
    """Return the card about a leaver: what has ended, and what an admin can do with the servers.

    The block id of the picker is the leaver's id.
    """
    text, member = _why(departure), departure.member
    blocks = [header(_("A colleague has left")), section(text), section(_what_ended(departure))]
    if not servers:
        return Message(text, blocks)
    owns = ngettext(
        "They still own {n} server. It is closed to them: it runs as before and stops when it is "
        "idle, but they can't sign in. Give it to a member who continues the work, or stop or "
        "delete it. If they come back, give it back to them.",
        "They still own {n} servers. These are closed to them: they run as before and stop when "
        "they are idle, but their owner can't sign in. Give them to a member who continues the "
        "work, or stop or delete them. If the owner comes back, give them back.",
        len(servers),
    )
    decide = actions(_stop_button(member), _delete_button(member), _give_back_button(member))
    pick: Block = {"type": "actions", "block_id": member, "elements": [_pick(member)]}
    return Message(text, [*blocks, section(owns), section(server_lines(servers)), pick, decide])


def back_card(member: str, servers: Sequence[Server]) -> Message:
    """Return the card about a member who is back, with the servers that are closed to them."""
    text = ngettext(
        "<@{member}> may use notebook servers again. {n} server of theirs is still closed to them. "
        "Give it back, or transfer it with {command}.",
        "<@{member}> may use notebook servers again. {n} servers of theirs are still closed to "
        "them. Give them back, or transfer them with {command}.",
        len(servers),
        member=member,
        command=code("admin transfer"),
    )
    blocks = [section(text), section(server_lines(servers)), actions(_give_back_button(member))]
    return Message(text, [header(_("A colleague is back")), *blocks])


def access_ended(departure: Departure, servers: Sequence[Server], admins: str) -> Message:
    """Return the message to a member who may no longer use the bot."""
    lines = [
        _(
            "You are no longer in a group that may use notebook servers, so your access has "
            "ended: your sessions and your SSH keys no longer work."
        )
    ]
    if servers:
        lines.append(
            _(
                "Your servers {names} and their files are kept until an admin decides about them.",
                names=names_of(servers),
            )
        )
    lines.append(_("If this is a mistake, ask {admins}.", admins=admins))
    return plain("\n".join(lines))


def welcome_back(departure: Departure, servers: Sequence[Server], admins: str) -> Message:
    """Return the message to a member who is back: how to get access again."""
    lines = [_("You may use notebook servers again.")]
    if servers:
        lines.append(
            _(
                "Your servers {names} are still closed to you. I have asked {admins} to give them "
                "back to you.",
                names=names_of(servers),
                admins=admins,
            )
        )
    if departure.shares:
        lines.append(
            _(
                "Your access to {names} has ended. Ask the owner to share the server with you "
                "again.",
                names=_codes(departure.shares),
            )
        )
    if departure.keys:
        lines.append(
            _(
                "Your SSH keys were removed. Add them again with {command}.",
                command=code("keys add"),
            )
        )
    return plain("\n".join(lines))


def given_back_answer(owner: str, servers: Sequence[Server]) -> Message:
    """Return which servers are open to their owner again."""
    return plain(
        _(
            "<@{owner}> can use {names} again. They get a new one-time password by DM; for a "
            "stopped server, at its next start.",
            owner=owner,
            names=names_of(servers),
        )
    )


def doubt_card(people: Sequence[str]) -> Message:
    """Ask an admin whether so many members have left at once."""
    text = ngettext(
        "{n} member with access to servers is in no group any more that may use them: {people}. "
        "The group or the bot's settings may be wrong, so I have ended nothing.",
        "{n} members with access to servers are in no group any more that may use them: {people}. "
        "The group or the bot's settings may be wrong, so I have ended nothing.",
        len(people),
        people=_mentions(people),
    )
    confirm = confirmed(
        button(_("End their access"), LEAVERS_CONFIRM_BUTTON, NOTHING, style="danger"),
        _("End their access?"),
        _("Their shares and SSH keys end, and their own servers are closed to them."),
        _("End it"),
        _("Leave it"),
    )
    advice = _(
        "If they have left, end their access. If not, correct the group in Slack or the setting "
        "{setting}; there is nothing else to do.",
        setting=code("NOTEBOOK_BOT_SLACK__ALLOWED_GROUPS"),
    )
    head = header(_("Have these members left?"))
    return Message(text, [head, section(text), section(advice), actions(confirm)])


def confirmed_answer(people: Sequence[str]) -> Message:
    """Return whose access has ended after an admin's confirmation."""
    if not people:
        return plain(_("All members with access are in their groups now, so nothing was ended."))
    return plain(_("The access of {people} has ended.", people=_mentions(people)))


def _why(departure: Departure) -> str:
    if departure.cause is Standing.DEACTIVATED:
        return _("<@{owner}>'s Slack account has been deactivated.", owner=departure.member)
    return _(
        "<@{owner}> is no longer in a group that may use notebook servers.",
        owner=departure.member,
    )


def _what_ended(departure: Departure) -> str:
    lines = [_("Their sign-ins and sessions on all servers have ended.")]
    if departure.shares:
        lines.append(_("Shares that have ended: {names}", names=_codes(departure.shares)))
    if departure.keys:
        lines.append(
            ngettext("{n} SSH key was removed.", "{n} SSH keys were removed.", departure.keys)
        )
    return "\n".join(lines)


def _codes(names: Sequence[str]) -> str:
    shown = codes(names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return f"{shown}, {_('… and {count} more', count=more)}" if more > 0 else shown


def _mentions(people: Sequence[str]) -> str:
    shown = ", ".join(f"<@{each}>" for each in people[:_MOST_LISTED])
    more = len(people) - _MOST_LISTED
    return f"{shown}, {_('… and {count} more', count=more)}" if more > 0 else shown


def _pick(owner: str) -> Block:
    pick: Block = {
        "type": "users_select",
        "action_id": LEAVER_PICKER,
        "placeholder": plain_text(_("Give all of them to …")),
    }
    return confirmed(
        pick,
        _("Transfer all of them?"),
        _("The member whom you chose becomes the owner of all servers of <@{owner}>.", owner=owner),
        _("Transfer all"),
        _("Leave them"),
    )


def _stop_button(owner: str) -> Block:
    return confirmed(
        button(_("Stop all"), LEAVER_STOP_BUTTON, owner),
        _("Stop all of them?"),
        _("Work that runs on them ends. Their files are kept."),
        _("Stop all"),
        _("Leave them"),
    )


def _delete_button(owner: str) -> Block:
    return confirmed(
        button(_("Delete all"), LEAVER_DELETE_BUTTON, owner, style="danger"),
        _("Delete all of them?"),
        _("The servers, their disks and all notebooks on them are removed."),
        _("Delete all"),
        _("Leave them"),
    )


def _give_back_button(owner: str) -> Block:
    return confirmed(
        button(_("Give back"), LEAVER_GIVE_BACK_BUTTON, owner),
        _("Give them back?"),
        _("<@{owner}> can sign in again and gets a new one-time password.", owner=owner),
        _("Give back"),
        _("Leave them"),
    )
