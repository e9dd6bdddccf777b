"""What a command answers at once, to the person alone. Pure."""

from collections.abc import Sequence

from handlers.action_ids import CREATE, HELP, KEEP, NOTHING
from handlers.cards import buttons, delete_button, guest_buttons
from handlers.commands import unknown_subcommand
from handlers.mrkdwn import (
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
    price,
    section,
)
from handlers.registry import BY_WORD, COMMAND, Subcommand, subcommands
from handlers.share_cards import share_lines
from provisioning.creation import Creation
from provisioning.errors import UserError
from provisioning.language import _
from provisioning.model import Server, Share, Status
from provisioning.platforms.catalogue import PLATFORMS, get_platform

MOST_LISTED = 20
"""Servers in one answer: two blocks each, and Slack takes 50 a message."""

_SIGNS = {
    Status.CREATING: ":hourglass_flowing_sand: being made",
    Status.RUNNING: ":large_green_circle: running",
    Status.STOPPING: ":hourglass_flowing_sand: being stopped",
    Status.STOPPED: ":white_circle: stopped",
    Status.STARTING: ":hourglass_flowing_sand: being started",
    Status.RESTARTING: ":hourglass_flowing_sand: being restarted",
    Status.DELETING: ":wastebasket: being deleted",
    Status.DELETED: ":wastebasket: deleted",
    Status.FAILED: ":x: failed",
}


def plain(text: str) -> Message:
    """A sentence in Slack's markup."""
    return Message(cut(text), [section(text)])


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
    """What was understood: platform, size, price, and how long it takes."""
    server, size = creation.server, creation.size
    machine = f" ({size.cores} cores, {size.memory_gb:g} GiB)" if size.cores else ""
    opening = "I'm making" if creation.is_new else "I'm already making"
    text = (
        f"{opening} {code(server.name)}: {creation.platform.title} {server.release} on "
        f"{code(size.name)}{machine}, "
        f"{price(server.price_per_hour)}. It usually takes "
        f"{duration_range(*creation.expected_seconds)}. I'll send you a DM with its progress, and "
        "the address and a one-time password at the end."
    )
    return plain(text)


def form_answer() -> Message:
    """A creation without its platform: the form is open, and how to do without it."""
    known = ", ".join(code(name) for name in PLATFORMS)
    return plain(
        f"A new server needs a platform ({known}): choose one in the form that has opened, or "
        f"type it, such as {code(f'{COMMAND} create ubuntu')}."
    )


def overview_answer(servers: Sequence[Server], viewer: str = "") -> Message:
    """The person's servers with their buttons, a new one, and every word that there is."""
    listed = list_answer(servers, viewer=viewer)
    words = ", ".join(code(each.name) for each in subcommands())
    return Message(
        listed.text,
        [
            *listed.blocks,
            divider(),
            actions(
                button("New server", CREATE, NOTHING, style="primary"),
                button("Help", HELP, NOTHING),
            ),
            context(f"After {code(COMMAND)} you can type {words}."),
        ],
    )


def list_answer(
    servers: Sequence[Server],
    state: str | None = None,
    viewer: str = "",
    *,
    with_owner: bool = False,
) -> Message:
    """Servers, those in one `state` if that was asked for; the oldest ones if they are too
    many for one message. `viewer`: who sees it; other people's servers are shared with them.
    `with_owner`: whose each is."""
    if not servers and state:
        return plain(f"None of your servers is {escape(state)}. `{COMMAND} list` shows all.")
    if not servers:
        return plain(
            f"You have no servers. `{COMMAND} create ubuntu` makes one; it takes a few minutes."
        )
    text = "\n".join(f"{server.name}: {server.status.value} {server.url}" for server in servers)
    blocks: list[Block] = []
    for server in servers[:MOST_LISTED]:
        owner = f" · <@{server.owner}>" if with_owner else _shared_by(server, viewer)
        row = [] if with_owner else _buttons(server, viewer)
        blocks += [section(_line(server) + owner), *row]
    if len(servers) > MOST_LISTED:
        more = len(servers) - MOST_LISTED
        blocks.append(context(f"… and {more} more. {code(f'{COMMAND} status <name>')} shows each."))
    return Message(cut(text), blocks)


def _shared_by(server: Server, viewer: str) -> str:
    return f" · shared with you by <@{server.owner}>" if _is_guest(server, viewer) else ""


def _buttons(server: Server, viewer: str) -> list[Block]:
    return guest_buttons(server) if _is_guest(server, viewer) else buttons(server)


def _is_guest(server: Server, viewer: str) -> bool:
    return viewer not in ("", server.owner)


def status_answer(server: Server, shares: Sequence[Share] = (), viewer: str = "") -> Message:
    """One server, and with whom it is shared."""
    lines = [_line(server) + _shared_by(server, viewer)]
    if server.failure:
        lines.append(escape(server.failure))
    if server.ready_at and server.status is Status.RUNNING:
        lines.append(f"Ready since {date(server.ready_at)}")
    if server.stopped_at:
        lines.append(f"Stopped since {date(server.stopped_at)}")
    lines.append(f"Made {date(server.created_at)} · {price(server.price_per_hour)}")
    text = f"{server.name}: {server.status.value} {server.url}".strip()
    return Message(
        text,
        [
            section("\n".join(lines)),
            *share_lines(server, shares, viewer),
            *_buttons(server, viewer),
        ],
    )


def delete_question(server: Server) -> Message:
    """What will be lost, and two buttons."""
    making = " It is still being made; that stops." if server.status is Status.CREATING else ""
    text = (
        f"Delete {code(server.name)}?{making} The server, its disk and all notebooks on it are "
        "removed. This can't be undone."
    )
    return Message(
        text, [section(text), actions(delete_button(server), button("Keep", KEEP, server.id))]
    )


def help_answer(topic: str | None, *, admin: bool = False) -> Message:
    """All subcommands that the person may use, or one of them with its example.

    Raises:
        UserError: if there is none of that name.
    """
    subcommand = BY_WORD.get((topic or "").lower())
    if topic and subcommand is None:
        raise UserError(unknown_subcommand(topic))
    if subcommand is not None:
        lines = [_usage_line(subcommand)]
        if subcommand.example:
            lines.append(f"For example: `{COMMAND} {subcommand.example}`")
        return plain("\n".join(lines))
    blocks = [
        section(f"*{COMMAND}* makes and looks after notebook servers of your own."),
        divider(),
    ]
    listed = subcommands(admin=admin)
    blocks += [section(_usage_line(each)) for each in listed]
    text = "\n".join(_usage(each) for each in listed)
    return Message(text, blocks)


def _usage_line(subcommand: Subcommand) -> str:
    return f"{_usage(subcommand)}\n{subcommand.summary}"


def _usage(subcommand: Subcommand) -> str:
    return code(f"{COMMAND} {subcommand.name} {subcommand.usage}".rstrip())


def _line(server: Server) -> str:
    where = f" · {code(server.url)}" if server.url and server.status is Status.RUNNING else ""
    return f"*{escape(server.name)}* · {_SIGNS[server.status]} · {code(server.size)}{where}"


def password_answer(server: Server) -> Message:
    """The new password comes by DM, never here."""
    return plain(
        f"A new one-time password for {code(server.name)} is on its way to you by DM. "
        "The earlier one and the sessions begun with it end now."
    )


def power_answer(server: Server) -> Message:
    """A stop, a start or a restart has begun."""
    name, platform = code(server.name), get_platform(server.platform)
    if server.status is Status.STOPPING:
        return plain(
            f"I'm stopping {name}. What runs on it ends, its files stay. Its card in our DM tells "
            f"when it has stopped, usually in {duration_range(*platform.stop_seconds)}."
        )
    verb = "starting" if server.status is Status.STARTING else "restarting"
    return plain(
        f"I'm {verb} {name}. Its card in our DM tells when it can be used, usually in "
        f"{duration_range(*platform.start_seconds)}. The address and your password stay the same."
    )


def deleting_answer(server: Server) -> Message:
    """The deletion has begun."""
    return plain(f"I'm deleting {code(server.name)}. Its card in our DM tells when it is gone.")


def kept_answer(server: Server) -> Message:
    """Nothing happened."""
    return plain(f"{code(server.name)} stays as it is.")
