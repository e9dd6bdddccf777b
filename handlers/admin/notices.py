"""What admins read of servers that nobody can see or nobody knows. Pure."""

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
from provisioning.core.language import _, said
from provisioning.core.model.server import Server, state_word


def unseen_message(server: Server, since: datetime, why: str) -> Message:
    """For admins: a server that nobody can see goes on running."""
    return plain(
        _(
            "I can't see what {name} of <@{owner}> does since {time}, so it goes on running and "
            "costing. The reason: {why}",
            name=code(server.name),
            owner=server.owner,
            time=date(since),
            why=escape(said(why)),
        )
    )


def orphan_message(orphan: Orphan) -> Message:
    """For admins: parts in the cloud that nobody has a row of, and what can be done."""
    kinds = Counter(each.type.rpartition("/")[2] for each in orphan.resources)
    parts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    words = {"parts": code(parts), "tag": code(orphan.server_id)}
    if orphan.owner:
        text = _(
            ":mag: There is something in Azure of <@{owner}> that I have no record of: {parts} "
            "with the tag {tag}. It costs money. Adopt it, so that its owner can go on with it, "
            "or delete it.",
            owner=orphan.owner,
            **words,
        )
    else:
        text = _(
            ":mag: There is something in Azure that I have no record of: {parts} with the tag "
            "{tag}. It costs money. Adopt it, so that its owner can go on with it, or delete it.",
            **words,
        )
    delete = confirmed(
        button(_("Delete"), ORPHAN_DELETE_BUTTON, orphan.server_id, style="danger"),
        _("Delete it?"),
        _("Everything with this tag is removed from Azure, disks and notebooks included."),
        _("Delete it"),
        _("Leave it"),
    )
    adopt = button(_("Adopt"), ORPHAN_ADOPT_BUTTON, orphan.server_id)
    return Message(text, [section(text), actions(adopt, delete)])


def adopted_answer(server: Server) -> Message:
    """To the admin who adopted an orphan."""
    return plain(
        _(
            "{name} of <@{owner}> is known again, as {state}. Its owner can go on with it; "
            "{command} gives a new password.",
            name=code(server.name),
            owner=server.owner,
            state=state_word(server.status),
            command=code(f"password {server.name}"),
        )
    )
