"""The messages to admins about servers of unknown use and about orphans. Pure."""

from collections import Counter
from datetime import datetime

from handlers.kit.action_ids import ORPHAN_ADOPT_BUTTON, ORPHAN_DELETE_BUTTON
from handlers.kit.blocks import (
    Message,
    actions,
    button,
    code,
    confirmed,
    date,
    escape,
    plain,
    section,
)
from provisioning.admin.orphans import Orphan
from provisioning.core.language import Text, _, said
from provisioning.core.model.server import Server, state_word


def unseen_message(server: Server, since: datetime, why: str) -> Message:
    """Return the message about a running server whose use has been unknown for long."""
    return plain(
        _(
            "Since {time} I have not been able to check the use of {name} of <@{owner}>. So I "
            "don't stop the server, and it keeps costing money. Reason: {why}",
            name=code(server.name),
            owner=server.owner,
            time=date(since),
            why=escape(said(why)),
        )
    )


def needs_admin_message(server: Server, problem: str, reason: str) -> Message:
    """Return the message about a server for which only an admin can do something."""
    return plain(
        _(
            ":rotating_light: I could not finish my work on {name} of <@{owner}>. An admin has to "
            "look at it ({problem}): {reason}",
            name=code(server.name),
            owner=server.owner,
            problem=code(problem),
            reason=escape(said(reason)),
        )
    )


def orphan_message(orphan: Orphan) -> Message:
    """Return the message about an orphan, with buttons to adopt or delete it."""
    kinds = Counter(each.type.rpartition("/")[2] for each in orphan.resources)
    parts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    words = {"parts": code(parts), "tag": code(orphan.server_id)}
    if orphan.owner:
        text = _(
            ":mag: There are resources of <@{owner}> in Azure that I have no record of: {parts} "
            "with the tag {tag}. They cost money. Adopt them, so that the owner can use the "
            "server again, or delete them.",
            owner=orphan.owner,
            **words,
        )
    else:
        text = _(
            ":mag: There are resources in Azure that I have no record of: {parts} with the tag "
            "{tag}. They cost money. Adopt them, so that the owner can use the server again, or "
            "delete them.",
            **words,
        )
    delete = confirmed(
        button(_("Delete"), ORPHAN_DELETE_BUTTON, orphan.server_id, style="danger"),
        _("Delete it?"),
        _("Everything with this tag is removed from Azure, including disks and notebooks."),
        _("Delete it"),
        _("Leave it"),
    )
    adopt = button(_("Adopt"), ORPHAN_ADOPT_BUTTON, orphan.server_id)
    return Message(text, [section(text), actions(adopt, delete)])


def trouble_message(text: Text) -> Message:
    """Return the message to admins about what only they can mend."""
    return plain(f":rotating_light: {escape(said(text))}")


def trouble_over_message(text: Text) -> Message:
    """Return the message to admins that a trouble is over."""
    return plain(f":white_check_mark: {escape(said(text))}")


def adopted_answer(server: Server) -> Message:
    """Return the answer to the adoption of an orphan."""
    return plain(
        _(
            "Adopted {name} of <@{owner}>; it is {state}. The owner can use it again; {command} "
            "sends a new password.",
            name=code(server.name),
            owner=server.owner,
            state=state_word(server.status),
            command=code(f"password {server.name}"),
        )
    )
