"""The messages about servers that are missing, are back, or were changed in Azure. Pure."""

from dataclasses import replace

from handlers.kit.blocks import Block, Message, code, date, plain, section
from handlers.servers.buttons import buttons
from provisioning.core.language import N_, _, said
from provisioning.core.model.server import Server, Status

_DRIFT = {
    "started in the cloud": N_(
        ":information_source: {name} was started in Azure, not by me. I'm making it ready; its "
        "card in our DM shows when you can use it."
    ),
    "shut down from within": N_(
        ":information_source: {name} was shut down from within. A machine in that state still "
        "costs money, so I'm stopping it. Its files are kept; {start} starts it."
    ),
    "stopped in the cloud": N_(
        ":information_source: {name} was stopped in Azure, not by me. Its files are kept; "
        "{start} starts it."
    ),
}


def drift_message(server: Server, outcome: str) -> Message:
    """Return the message to an owner whose server was started or stopped, but not by the bot."""
    start = code(f"start {server.name}")
    return plain(said(_DRIFT[outcome], name=code(server.name), start=start))


def missing_message(server: Server) -> Message:
    """Return the message to the owner of a server that has become missing, with buttons."""
    text = _since(server)
    if server.absence and server.absence.has_disk:
        text += " " + _(
            "Its disk with your files is still there. You can restore the server from its disk, "
            "or wait: if Azure shows the machine again, I tell you."
        )
    else:
        text += " " + _(
            "Azure does not show its disk either. I have deleted nothing: if Azure shows the "
            "machine again, I tell you. Ask an admin whether it was removed in the Azure portal."
        )
    return Message(text, [section(f":grey_question: {text}"), *_buttons(server)])


def _since(server: Server) -> str:
    name = code(server.name)
    if server.absence is None:
        return _("Azure no longer shows the machine of {name}.", name=name)
    since = date(server.absence.since)
    return _("Azure has not shown the machine of {name} since {time}.", name=name, time=since)


def _buttons(server: Server) -> list[Block]:
    return buttons(replace(server, status=Status.MISSING))


def missing_notice(server: Server) -> Message:
    """Return the message to admins about a server that has become missing."""
    what = _(
        "It belongs to <@{owner}>, who has been notified. I have deleted nothing, and look again "
        "by myself. Azure's activity log says whether its machine was removed, and by which "
        "account.",
        owner=server.owner,
    )
    return plain(f":grey_question: {_since(server)} {what}")


def back_message(server: Server) -> Message:
    """Return the message to the owner of a server that is no longer missing."""
    if server.status is Status.RUNNING:
        text = _(
            "Azure shows the machine of {name} again. It is running, and nothing was changed.",
            name=code(server.name),
        )
    else:
        text = _(
            "Azure shows the machine of {name} again. It is stopped; {start} starts it.",
            name=code(server.name),
            start=code(f"start {server.name}"),
        )
    return Message(text, [section(f":white_check_mark: {text}"), *buttons(server)])


def looked_answer(server: Server) -> Message:
    """Return the answer to a request to look again."""
    if server.status is not Status.MISSING:
        return back_message(server)
    if server.absence and server.absence.has_disk:
        text = _(
            "Azure does not show the machine of {name} yet. Its disk is there, so you can restore "
            "the server from its disk.",
            name=code(server.name),
        )
    else:
        text = _(
            "Azure shows neither the machine nor the disk of {name} yet. I go on "
            "looking by myself.",
            name=code(server.name),
        )
    return Message(text, [section(text), *buttons(server)])
