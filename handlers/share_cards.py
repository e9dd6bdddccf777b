"""The message of a share in its person's DM, and what the owner is asked and told. Pure."""

from collections.abc import Sequence
from datetime import datetime

from handlers.action_ids import SHARE_WITH, TRANSFER, UNSHARE
from handlers.cards import certificate_note, guest_buttons
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
    section,
)
from provisioning.model import Member, Server, Share, Status

WHAT_IS_SHARED = (
    "People who share a server share its files and kernels: each can read, change and delete "
    "everything on it, and see what the others run."
)
MOST_SHOWN = 20
"""Shares of one server in an answer: a block each, and Slack takes 50 a message."""

_LATER = {
    Status.CREATING: "as soon as it is ready",
    Status.STOPPING: "at its next start, since it is being stopped",
    Status.STOPPED: "at its next start, since it is stopped",
    Status.STARTING: "as soon as it runs",
    Status.RESTARTING: "as soon as it runs",
    Status.RESIZING: "as soon as it runs",
    Status.RESTORING: "as soon as it runs",
}


def shared_card(server: Server, share: Share, password: str, expires_at: datetime) -> Message:
    """The invitation: the address and the one-time password, each alone in a code span."""
    text = (
        f"<@{server.owner}> shares the notebook server {escape(server.name)} with you.\n"
        f"Address: {code(server.url)}\nOne-time password: {code(password)}"
    )
    return Message(
        text,
        [
            header(f"{server.name} is shared with you"),
            section(
                f"By <@{server.owner}>.\n\n*Address*\n{code(server.url)}\n\n*One-time password*\n"
                f"{code(password)}\nIt works once, until {date(expires_at)}. Your name on it is "
                f"*{escape(share.member_name)}*; you choose your own password when you sign in."
            ),
            section(f":busts_in_silhouette: {WHAT_IS_SHARED}"),
            section(certificate_note(server)),
            *guest_buttons(server),
        ],
    )


def older_invitation_card(server: Server) -> Message:
    """The invitation above a newer one."""
    text = (
        f"{escape(server.name)} is shared with you by <@{server.owner}>. A newer one-time password "
        "was sent below; this one no longer works."
    )
    return Message(text, [section(text)])


def ended_card(server: Server, share: Share) -> Message:
    """The message of somebody who has no access by it any more."""
    name = escape(server.name)
    if server.status is Status.DELETED:
        text = f":wastebasket: {name}, which was shared with you, was deleted by its owner."
    elif server.owner == share.member:
        text = f"{name} is yours now. Its card with a new one-time password is in this DM."
    else:
        text = (
            f":lock: You no longer have access to {name}. Its owner is <@{server.owner}>; your "
            "password and your sessions on it have ended."
        )
    return Message(text, [section(text)])


def share_question(server: Server) -> Message:
    """With whom, and what that means."""
    text = f"With whom do you want to share {code(server.name)}?"
    pick = {
        "type": "users_select",
        "action_id": SHARE_WITH,
        "placeholder": {"type": "plain_text", "text": "Choose a teammate"},
    }
    return Message(
        f"{text} {WHAT_IS_SHARED}",
        [
            section(f"{text}\n{WHAT_IS_SHARED}"),
            {"type": "actions", "block_id": server.id, "elements": [pick]},
        ],
    )


def shared_answer(server: Server, person: Member) -> Message:
    """A share has begun; how both sign in from now on."""
    when = _LATER.get(server.status, "in a few seconds")
    text = (
        f"I'm sharing {code(server.name)} with <@{person.id}>. They get their own one-time "
        f"password by DM {when}. {WHAT_IS_SHARED} Its sign-in page now asks for a name: yours is "
        f"{code(server.owner_name or server.owner)}."
    )
    return Message(text, [section(text), actions(_unshare_button(server, person.id))])


def unshared_answer(server: Server, person: Member) -> Message:
    """A share has ended."""
    if server.status is Status.RUNNING:
        what = "Their password and sessions end within seconds, and open pages stop working."
    else:
        when = _LATER.get(server.status, "now")
        what = f"It is {server.status.value}; they find it closed {when.partition(',')[0]}."
    text = f"I'm ending <@{person.id}>'s access to {code(server.name)}. {what}"
    return Message(text, [section(text)])


def transfer_question(server: Server, person: Member) -> Message:
    """What is lost, and a button."""
    text = (
        f"Give {code(server.name)} to <@{person.id}>? They become its owner, with all files on it, "
        "and pay for it from now on. You lose access, unless they share it with you. "
        "This can't be taken back by you."
    )
    give = confirmed(
        button("Transfer", TRANSFER, f"{server.id}/{person.id}", style="danger"),
        f"Transfer {server.name}?",
        f"<@{person.id}> becomes its owner, and your access ends.",
        "Transfer it",
        "Keep it",
    )
    return Message(text, [section(text), actions(give)])


def transferred_answer(server: Server, person: Member) -> Message:
    """A transfer has begun."""
    when = _LATER.get(server.status, "now")
    text = (
        f"{code(server.name)} is <@{person.id}>'s. They get a one-time password by DM {when}; "
        "your own password and sessions end then."
    )
    return Message(text, [section(text)])


def share_lines(server: Server, shares: Sequence[Share], viewer: str) -> list[Block]:
    """With whom a server is shared, for who may see it; the owner can end each."""
    if not shares:
        return []
    left = len(shares) - MOST_SHOWN
    more = f" and {left} more" if left > 0 else ""
    if viewer != server.owner:
        others = ", ".join(f"<@{share.member}>" for share in shares[:MOST_SHOWN])
        return [context(f"<@{server.owner}>'s; shared with {others}{more}.")]
    lines = [
        section(
            f"Shared with <@{share.member}> since {date(share.since)}",
            _unshare_button(server, share.member),
        )
        for share in shares[:MOST_SHOWN]
    ]
    return [*lines, context(f"…{more}.")] if more else lines


def _unshare_button(server: Server, person_id: str) -> Block:
    return confirmed(
        button("Stop sharing", UNSHARE, f"{server.id}/{person_id}"),
        f"Stop sharing {server.name}?",
        f"<@{person_id}>'s password, sessions and open pages end within seconds.",
        "Stop sharing",
        "Go on sharing",
    )
