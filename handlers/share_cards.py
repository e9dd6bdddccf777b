"""The message of a share in its person's DM, and what the owner is asked and told. Pure."""

from collections.abc import Sequence
from datetime import datetime

from handlers.action_ids import SHARE_WITH, TRANSFER, UNSHARE
from handlers.buttons import guest_buttons
from handlers.cards import certificate_note, works_once
from handlers.mrkdwn import (
    Block,
    Message,
    actions,
    button,
    code,
    confirmed,
    context,
    date,
    escape,
    header,
    plain,
    plain_text,
    section,
)
from provisioning.language import N_, _, ngettext, said
from provisioning.model import Member, Server, Share, Status
from provisioning.states import state_word

WHAT_IS_SHARED = N_(
    "People who share a server share its files and kernels: each can read, change and delete "
    "everything on it, and see what the others run."
)
MOST_SHOWN = 20
"""Shares of one server in an answer: a block each, and Slack takes 50 a message."""

_LATER = {
    Status.CREATING: N_("as soon as it is ready"),
    Status.STOPPING: N_("at its next start, since it is being stopped"),
    Status.STOPPED: N_("at its next start, since it is stopped"),
    Status.STARTING: N_("as soon as it runs"),
    Status.RESTARTING: N_("as soon as it runs"),
    Status.RESIZING: N_("as soon as it runs"),
    Status.RESTORING: N_("as soon as it runs"),
}


def shared_card(server: Server, share: Share, password: str, expires_at: datetime) -> Message:
    """The invitation: the address and the one-time password, each alone in a code span."""
    return Message(
        _(
            "<@{owner}> shares the notebook server {name} with you.\nAddress: {url}\n"
            "One-time password: {password}",
            owner=server.owner,
            name=escape(server.name),
            url=code(server.url),
            password=code(password),
        ),
        [
            header(_("{name} is shared with you", name=server.name)),
            section(
                _(
                    "By <@{owner}>.\n\n*Address*\n{url}\n\n*One-time password*\n{password}\n"
                    "{how} Your name on it is *{you}*; you choose your own password when you "
                    "sign in.",
                    owner=server.owner,
                    url=code(server.url),
                    password=code(password),
                    how=works_once(expires_at),
                    you=escape(share.member_name),
                )
            ),
            section(f":busts_in_silhouette: {said(WHAT_IS_SHARED)}"),
            section(certificate_note(server)),
            *guest_buttons(server),
        ],
    )


def older_invitation_card(server: Server) -> Message:
    """The invitation above a newer one."""
    return plain(
        _(
            "{name} is shared with you by <@{owner}>. A newer one-time password was sent below; "
            "this one no longer works.",
            name=escape(server.name),
            owner=server.owner,
        )
    )


def ended_card(server: Server, share: Share) -> Message:
    """The message of somebody who has no access by it any more."""
    name = escape(server.name)
    if server.status is Status.DELETED:
        return plain(
            _(
                ":wastebasket: {name}, which was shared with you, was deleted by its owner.",
                name=name,
            )
        )
    if server.owner == share.member:
        return plain(
            _(
                "{name} is yours now. Its card with a new one-time password is in this DM.",
                name=name,
            )
        )
    return plain(
        _(
            ":lock: You no longer have access to {name}. Its owner is <@{owner}>; your password "
            "and your sessions on it have ended.",
            name=name,
            owner=server.owner,
        )
    )


def share_question(server: Server) -> Message:
    """With whom, and what that means."""
    text = _("With whom do you want to share {name}?", name=code(server.name))
    what = said(WHAT_IS_SHARED)
    pick = {
        "type": "users_select",
        "action_id": SHARE_WITH,
        "placeholder": plain_text(_("Choose a teammate")),
    }
    return Message(
        f"{text} {what}",
        [
            section(f"{text}\n{what}"),
            {"type": "actions", "block_id": server.id, "elements": [pick]},
        ],
    )


def shared_answer(server: Server, person: Member) -> Message:
    """A share has begun; how both sign in from now on."""
    text = _(
        "I'm sharing {name} with <@{person}>. They get their own one-time password by DM {when}. "
        "{what} Its sign-in page now asks for a name: yours is {you}.",
        name=code(server.name),
        person=person.id,
        when=_LATER.get(server.status, N_("in a few seconds")),
        what=WHAT_IS_SHARED,
        you=code(server.owner_name or server.owner),
    )
    return Message(text, [section(text), actions(_unshare_button(server, person.id))])


def unshared_answer(server: Server, person: Member) -> Message:
    """A share has ended."""
    who = {"name": code(server.name), "person": person.id}
    match server.status:
        case Status.RUNNING:
            text = _(
                "I'm ending <@{person}>'s access to {name}. Their password and sessions end "
                "within seconds, and open pages stop working.",
                **who,
            )
        case Status.STOPPED | Status.STOPPING:
            text = _(
                "I'm ending <@{person}>'s access to {name}. It is {state}; they find it closed "
                "at its next start.",
                **who,
                state=state_word(server.status),
            )
        case _other:
            text = _(
                "I'm ending <@{person}>'s access to {name}. It is {state}; they find it closed "
                "as soon as it runs.",
                **who,
                state=state_word(server.status),
            )
    return plain(text)


def transfer_question(server: Server, person: Member) -> Message:
    """What is lost, and a button."""
    text = _(
        "Give {name} to <@{person}>? They become its owner, with all files on it, and pay for it "
        "from now on. You lose access, unless they share it with you. This can't be taken back "
        "by you.",
        name=code(server.name),
        person=person.id,
    )
    give = confirmed(
        button(_("Transfer"), TRANSFER, f"{server.id}/{person.id}", style="danger"),
        _("Transfer {name}?", name=server.name),
        _("<@{person}> becomes its owner, and your access ends.", person=person.id),
        _("Transfer it"),
        _("Keep it"),
    )
    return Message(text, [section(text), actions(give)])


def transferred_answer(server: Server, person: Member) -> Message:
    """A transfer has begun."""
    return plain(
        _(
            "{name} is <@{person}>'s. They get a one-time password by DM {when}; your own "
            "password and sessions end then.",
            name=code(server.name),
            person=person.id,
            when=_LATER.get(server.status, N_("now")),
        )
    )


def share_lines(server: Server, shares: Sequence[Share], viewer: str) -> list[Block]:
    """With whom a server is shared, for who may see it; the owner can end each."""
    if not shares:
        return []
    left = len(shares) - MOST_SHOWN
    if viewer != server.owner:
        others = ", ".join(f"<@{share.member}>" for share in shares[:MOST_SHOWN])
        if left > 0:
            text = ngettext(
                "<@{owner}>'s; shared with {people} and {n} more.",
                "<@{owner}>'s; shared with {people} and {n} more.",
                left,
                owner=server.owner,
                people=others,
            )
        else:
            text = _("<@{owner}>'s; shared with {people}.", owner=server.owner, people=others)
        return [context(text)]
    lines = [
        section(
            _("Shared with <@{person}> since {time}", person=share.member, time=date(share.since)),
            _unshare_button(server, share.member),
        )
        for share in shares[:MOST_SHOWN]
    ]
    if left > 0:
        lines.append(context(ngettext("… and {n} more.", "… and {n} more.", left)))
    return lines


def _unshare_button(server: Server, person_id: str) -> Block:
    return confirmed(
        button(_("Stop sharing"), UNSHARE, f"{server.id}/{person_id}"),
        _("Stop sharing {name}?", name=server.name),
        _(
            "<@{person}>'s password, sessions and open pages end within seconds.",
            person=person_id,
        ),
        _("Stop sharing"),
        _("Go on sharing"),
    )
