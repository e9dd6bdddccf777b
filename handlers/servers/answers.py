"""What a command answers at once, to the person alone. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.commands.registry import COMMAND, subcommands
from handlers.kit.action_ids import (
    CREATE_BUTTON,
    DELETE_WITH_COPY_BUTTON,
    HELP_BUTTON,
    KEEP_BUTTON,
    NOTHING,
    SETTINGS_BUTTON,
)
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    cut,
    date,
    divider,
    duration_range,
    escape,
    escape_message,
    long_duration,
    machine,
    plain,
    price,
    section,
)
from handlers.servers.buttons import buttons, delete_button, guest_buttons
from handlers.servers.shares import share_lines
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server, Status, state_word
from provisioning.platforms.catalogue import PLATFORMS, get_platform
from provisioning.servers.create import Creation
from provisioning.servers.transitions import DELETE_WITH_COPY

MOST_LISTED = 20
"""Servers in one answer: two blocks each, and Slack takes 50 a message."""

_SIGNS = {
    Status.CREATING: N_(":hourglass_flowing_sand: being made"),
    Status.RUNNING: N_(":large_green_circle: running"),
    Status.STOPPING: N_(":hourglass_flowing_sand: being stopped"),
    Status.STOPPED: N_(":white_circle: stopped"),
    Status.STARTING: N_(":hourglass_flowing_sand: being started"),
    Status.RESTARTING: N_(":hourglass_flowing_sand: being restarted"),
    Status.RESIZING: N_(":hourglass_flowing_sand: being resized"),
    Status.RESTORING: N_(":hourglass_flowing_sand: being brought back"),
    Status.DELETING: N_(":wastebasket: being deleted"),
    Status.DELETED: N_(":wastebasket: deleted"),
    Status.FAILED: N_(":x: failed"),
}


def working() -> str:
    """The acknowledgement of what takes longer than Slack waits."""
    return _("Working on it …")


def other_command(command: str) -> str:
    """To a slash command that is none of ours."""
    return _(
        "I only know {command}. {help} tells more.",
        command=code(command),
        help=code(f"{command} help"),
    )


def refusal(sentence: str) -> Message:
    """What can't be done, as an error's message says it: words of people or of the cloud may
    be in it, and they are no markup."""
    return plain(escape_message(sentence))


def creation_answer(creation: Creation) -> Message:
    """What was understood: platform, size, region, price, and how long it takes; of a wish that
    was heard before, what became of it."""
    server, size = creation.server, creation.size
    if not creation.is_new and server.status is not Status.CREATING:
        return plain(
            _(
                "That was asked for already, so nothing was done: {name} is {state}. {command} "
                "tells more.",
                name=code(server.name),
                state=state_word(server.status),
                command=code(f"{COMMAND} status {server.name}"),
            )
        )
    what = {
        "name": code(server.name),
        "platform": f"{creation.platform.title} {server.release}",
        "size": code(size.name) + (f" ({machine(size)})" if size.cores else ""),
        "region": escape(server.region),
        "price": price(server.price_per_hour),
        "time": duration_range(*creation.expected_seconds),
    }
    if creation.is_new:
        text = _(
            "I'm making {name}: {platform} on {size} in {region}, {price}. It usually takes "
            "{time}. I'll send you a DM with its progress, and the address and a one-time "
            "password at the end.",
            **what,
        )
    else:
        text = _(
            "I'm already making {name}: {platform} on {size} in {region}, {price}. It usually "
            "takes {time}. I'll send you a DM with its progress, and the address and a one-time "
            "password at the end.",
            **what,
        )
    return plain(text)


def form_answer() -> Message:
    """A creation without its platform: the form is open, and how to do without it."""
    return plain(
        _(
            "A new server needs a platform ({known}): choose one in the form that has opened, or "
            "type it, such as {example}.",
            known=", ".join(code(name) for name in PLATFORMS),
            example=code(f"{COMMAND} create ubuntu"),
        )
    )


def overview_answer(servers: Sequence[Server], viewer: str = "") -> Message:
    """The person's servers with their buttons, a new one, and every word that there is."""
    listed = server_list_answer(servers, viewer=viewer)
    return Message(listed.text, [*listed.blocks, *what_else()])


def what_else() -> list[Block]:
    """Below the servers: a new one, and every word that there is."""
    words = ", ".join(code(each.name) for each in subcommands())
    return [
        divider(),
        actions(
            button(_("New server"), CREATE_BUTTON, NOTHING, style="primary"),
            button(_("Settings"), SETTINGS_BUTTON, NOTHING),
            button(_("Help"), HELP_BUTTON, NOTHING),
        ),
        context(_("After {command} you can type {words}.", command=code(COMMAND), words=words)),
    ]


def server_list_answer(
    servers: Sequence[Server],
    state: str | None = None,
    viewer: str = "",
) -> Message:
    """Servers, those in one `state` if that was asked for; the oldest ones if they are too
    many for one message. `viewer`: who sees it; other people's servers are shared with them."""
    if not servers and state:
        return plain(
            _(
                "None of your servers is {state}. `{list}` shows all.",
                state=escape(state),
                list=f"{COMMAND} list",
            )
        )
    if not servers:
        return plain(no_servers())
    text = "\n".join(_summary(server) for server in servers)
    blocks: list[Block] = []
    for server in servers[:MOST_LISTED]:
        blocks += [section(server_line(server, viewer)), *server_buttons(server, viewer)]
    return Message(cut(text), [*blocks, *and_more(len(servers) - MOST_LISTED)])


def no_servers() -> str:
    """To whom has none."""
    return _(
        "You have no servers. `{create}` makes one; it takes a few minutes.",
        create=f"{COMMAND} create ubuntu",
    )


def and_more(count: int) -> list[Block]:
    """How many servers are not shown."""
    if count <= 0:
        return []
    text = ngettext(
        "… and {n} more. {status} shows each.",
        "… and {n} more. {status} shows each.",
        count,
        status=code(f"{COMMAND} status <name>"),
    )
    return [context(text)]


def server_line(server: Server, viewer: str = "") -> str:
    """Its name, its state, its size, and where it is; of another's server also whose it is."""
    where = f" · {code(server.url)}" if server.url and server.status is Status.RUNNING else ""
    if server.status is Status.DELETED and server.snapshot:
        where = f" · {_('can be undone until {time}', time=date(server.snapshot.until))}"
    what = f"*{escape(server.name)}* · {said(_SIGNS[server.status])} · {code(server.size)}{where}"
    if not is_guest(server, viewer):
        return what
    return f"{what} · {_('shared with you by <@{owner}>', owner=server.owner)}"


def _summary(server: Server) -> str:
    return f"{server.name}: {state_word(server.status)} {server.url}".strip()


def server_buttons(server: Server, viewer: str) -> list[Block]:
    """What that person can do with it."""
    return guest_buttons(server) if is_guest(server, viewer) else buttons(server)


def is_guest(server: Server, viewer: str) -> bool:
    """Whether the server is another person's than the viewer's."""
    return viewer not in ("", server.owner)


def status_answer(server: Server, shares: Sequence[Share] = (), viewer: str = "") -> Message:
    """One server, and with whom it is shared."""
    lines = [server_line(server, viewer)]
    if server.failure:
        lines.append(escape(said(server.failure.text)))
    if server.ready_at and server.status is Status.RUNNING:
        lines.append(_("Ready since {time}", time=date(server.ready_at)))
    if server.stopped_at:
        lines.append(_("Stopped since {time}", time=date(server.stopped_at)))
    made = _("Made {time}", time=date(server.created_at))
    lines.append(f"{made} · {price(server.price_per_hour)}")
    return Message(
        _summary(server),
        [
            section("\n".join(lines)),
            *share_lines(server, shares, viewer),
            *server_buttons(server, viewer),
        ],
    )


def delete_question(server: Server, kept: timedelta = timedelta(0)) -> Message:
    """What will be lost, and the buttons. `kept`: how long a copy may be; 0 offers none."""
    name = code(server.name)
    keep = button(_("Keep"), KEEP_BUTTON, server.id)
    if server.status is Status.CREATING:
        text = _(
            "Delete {name}? It is still being made; that stops. The server, its disk and all "
            "notebooks on it are removed. This can't be undone.",
            name=name,
        )
    else:
        text = _(
            "Delete {name}? The server, its disk and all notebooks on it are removed. This can't "
            "be undone.",
            name=name,
        )
    if not kept or server.status not in DELETE_WITH_COPY.since:
        return Message(text, [section(text), actions(delete_button(server), keep)])
    time = long_duration(kept)
    offer = _(
        "Or keep a copy of its disk for {time}: it is stopped and deleted all the same, and "
        "{command} brings it back until then. The copy costs what Azure asks for a snapshot of "
        "the disk.",
        time=time,
        command=code(f"{COMMAND} undo {server.name}"),
    )
    with_copy = button(
        _("Delete, keep a copy for {time}", time=time), DELETE_WITH_COPY_BUTTON, server.id
    )
    return Message(
        f"{text} {offer}",
        [section(text), section(offer), actions(delete_button(server), with_copy, keep)],
    )


def password_answer(server: Server) -> Message:
    """The new password comes by DM, never here."""
    return plain(
        _(
            "A new one-time password for {name} is on its way to you by DM. The earlier one and "
            "the sessions begun with it end now.",
            name=code(server.name),
        )
    )


def power_answer(server: Server) -> Message:
    """A stop, a start or a restart has begun."""
    name, platform = code(server.name), get_platform(server.platform)
    if server.status is Status.STOPPING:
        return plain(
            _(
                "I'm stopping {name}. What runs on it ends, its files stay. Its card in our DM "
                "tells when it has stopped, usually in {time}.",
                name=name,
                time=duration_range(*platform.stop_seconds),
            )
        )
    time = duration_range(*platform.start_seconds)
    if server.status is Status.STARTING:
        return plain(
            _(
                "I'm starting {name}. Its card in our DM tells when it can be used, usually in "
                "{time}. The address and your password stay the same.",
                name=name,
                time=time,
            )
        )
    return plain(
        _(
            "I'm restarting {name}. Its card in our DM tells when it can be used, usually in "
            "{time}. The address and your password stay the same.",
            name=name,
            time=time,
        )
    )


def deleting_answer(server: Server) -> Message:
    """The deletion has begun."""
    name = code(server.name)
    if server.snapshot:
        return plain(
            _(
                "I'm deleting {name}. A copy of its disk is made first. Its card in our DM tells "
                "when it is gone.",
                name=name,
            )
        )
    return plain(_("I'm deleting {name}. Its card in our DM tells when it is gone.", name=name))


def undo_answer(server: Server) -> Message:
    """The deletion's undo has begun."""
    return plain(
        _(
            "I'm bringing back {name} with its files and your password; it usually takes as long "
            "as a new machine does. Its card in our DM tells when it runs, and its address.",
            name=code(server.name),
        )
    )


def unchanged_answer(server: Server) -> Message:
    """Nothing happened."""
    return plain(_("{name} stays as it is.", name=code(server.name)))
