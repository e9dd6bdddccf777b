"""The invitation in a guest's DM, and the questions and answers to the owner. Pure."""

from datetime import datetime

from handlers.kit.action_ids import SHARE_PICKER, TRANSFER_BUTTON
from handlers.kit.blocks import (
    Message,
    actions,
    button,
    code,
    confirmed,
    escape,
    header,
    plain,
    plain_text,
    section,
)
from handlers.servers.buttons import guest_buttons
from handlers.servers.card_notes import certificate_note
from handlers.servers.cards import works_once
from handlers.servers.shares import unshare_button
from provisioning.core.language import N_, _, said
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Server, Status, state_word

WHAT_IS_SHARED = N_(
    "Members who share a server share its files and kernels. Each can read, change and delete "
    "everything on it, and see what the others run."
)

_LATER = {
    Status.CREATING: N_("as soon as it is ready"),
    Status.STOPPING: N_("at its next start, since it is stopping"),
    Status.STOPPED: N_("at its next start, since it is stopped"),
    Status.STARTING: N_("as soon as it runs"),
    Status.RESTARTING: N_("as soon as it runs"),
    Status.RESIZING: N_("as soon as it runs"),
    Status.RESTORING: N_("as soon as it runs"),
    Status.MISSING: N_("when its machine is back and runs"),
}


def shared_card(server: Server, share: Share, password: str, expires_at: datetime) -> Message:
    """Return the invitation, with address and one-time password each alone in a code span."""
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
                    "Shared by <@{owner}>.\n\n*Address*\n{url}\n\n*One-time "
                    "password*\n{password}\n{how} Your name on this server is *{you}*; you "
                    "choose your own password when you sign in.",
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
    """Return the text of an invitation that a newer one replaces."""
    return plain(
        _(
            "{name} is shared with you by <@{owner}>. A newer one-time password was sent below; "
            "this one no longer works.",
            name=escape(server.name),
            owner=server.owner,
        )
    )


def ended_card(server: Server, share: Share) -> Message:
    """Return the text of an invitation that no longer gives access, with the reason."""
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
    """Ask with whom to share a server, and explain what sharing means."""
    text = _("With whom do you want to share {name}?", name=code(server.name))
    what = said(WHAT_IS_SHARED)
    pick = {
        "type": "users_select",
        "action_id": SHARE_PICKER,
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
    """Return the answer to a new share: how owner and guest sign in from now on."""
    text = _(
        "I'm sharing {name} with <@{person}>. They get their own one-time password by DM {when}. "
        "{what} Its sign-in page now asks for a name: yours is {you}.",
        name=code(server.name),
        person=person.id,
        when=_LATER.get(server.status, N_("in a few seconds")),
        what=WHAT_IS_SHARED,
        you=code(server.owner_name or server.owner),
    )
    return Message(text, [section(text), actions(unshare_button(server, person.id))])


def unshared_answer(server: Server, person: Member) -> Message:
    """Return the answer to the end of a share."""
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
                "I'm ending <@{person}>'s access to {name}. The server is {state}; from its next "
                "start they can't sign in.",
                **who,
                state=state_word(server.status),
            )
        case _other:
            text = _(
                "I'm ending <@{person}>'s access to {name}. The server is {state}; as soon as it "
                "runs they can't sign in.",
                **who,
                state=state_word(server.status),
            )
    return plain(text)


def transfer_question(server: Server, person: Member) -> Message:
    """Ask the owner to confirm a transfer, and explain what is lost."""
    text = _(
        "Give {name} to <@{person}>? They become its owner, with all files on it, and pay for it "
        "from now on. You lose access, unless they share it with you. You can't undo this.",
        name=code(server.name),
        person=person.id,
    )
    give = confirmed(
        button(_("Transfer"), TRANSFER_BUTTON, f"{server.id}/{person.id}", style="danger"),
        _("Transfer {name}?", name=server.name),
        _("<@{person}> becomes its owner, and your access ends.", person=person.id),
        _("Transfer it"),
        _("Keep it"),
    )
    return Message(text, [section(text), actions(give)])


def transferred_answer(server: Server, person: Member) -> Message:
    """Return the answer to a confirmed transfer."""
    return plain(
        _(
            "{name} now belongs to <@{person}>. They get a one-time password by DM {when}; your "
            "own password and sessions end then.",
            name=code(server.name),
            person=person.id,
            when=_LATER.get(server.status, N_("now")),
        )
    )
