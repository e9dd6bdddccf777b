"""`list`, `overview` and `status`: servers, each with what can be done with it."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import COMMAND, Buttons, Command, Handlers
from handlers.commands.request import Asked, UseCase
from handlers.kit.action_ids import (
    CREATE_BUTTON,
    HELP_BUTTON,
    NOTHING,
    SETTINGS_BUTTON,
    STATUS_BUTTON,
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
    escape,
    plain,
    price,
    section,
)
from handlers.servers.buttons import buttons, guest_buttons
from handlers.servers.shares import share_lines
from provisioning.access.rights import Rights, ServerId, ServerRef
from provisioning.access.sharing import Sharing
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Server, Status, state_word
from provisioning.servers.servers import Servers

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


class ListCommands(Handlers):
    """The commands `list`, `overview` and `status`, with the button of the last.

    `words` are the commands that members may type; `every_server` answers `list --all`.
    """

    def __init__(
        self,
        servers: Servers,
        rights: Rights,
        sharing: Sharing,
        words: Sequence[str],
        every_server: UseCase,
    ) -> None:
        self._servers = servers
        self._rights = rights
        self._sharing = sharing
        self._words = words
        self._every_server = every_server

    async def list_servers(self, asked: Asked) -> Message:
        """List the member's servers, or every server to an admin."""
        state = asked.command.get("state")
        if asked.command.get("all") is None:
            servers = await self._servers.list(asked.member, state)
            return server_list_answer(servers, state, asked.member.id)
        if not asked.member.is_admin:
            raise UserError(
                _("`--all` shows everybody's servers and is for admins. `list` shows yours.")
            )
        return await self._every_server(asked)

    async def overview(self, asked: Asked) -> Message:
        """List the member's servers, and what else can be typed."""
        servers = await self._servers.list(asked.member)
        return overview_answer(servers, self._words, asked.member.id)

    async def status(self, asked: Asked) -> Message:
        """Show the named server."""
        return await self._shown(asked.member, asked.command.arguments["name"])

    async def status_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Show the server of the button."""
        return await self._shown(member, ServerId(server_id))

    async def _shown(self, member: Member, ref: ServerRef) -> Message:
        server = await self._rights.find(member, ref)
        shares = await self._sharing.shares(member, ServerId(server.id))
        return status_answer(server, shares, member.id)

    COMMANDS = (
        Command(
            "list",
            "[state] [--all]",
            N_("Your servers, or those in one state. `--all` shows everybody's, to admins."),
            list_servers,
            optional=("state",),
            flags=("all",),
            aliases=("ls",),
            example="list running",
        ),
        Command(
            "status",
            "<name>",
            N_("One server: state, address, price."),
            status,
            required=("name",),
            aliases=("show",),
        ),
        Command(
            "overview",
            "",
            N_(
                "Your servers and what you can do, with buttons; `{command}` alone is the same.",
                command=COMMAND,
            ),
            overview,
            aliases=("home",),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {STATUS_BUTTON: status_clicked}


def overview_answer(servers: Sequence[Server], words: Sequence[str], viewer: str = "") -> Message:
    """The person's servers with their buttons, a new one, and every word that there is."""
    listed = server_list_answer(servers, viewer=viewer)
    return Message(listed.text, [*listed.blocks, *what_else(words)])


def what_else(words: Sequence[str]) -> list[Block]:
    """Below the servers: a new one, and every word that there is."""
    shown = ", ".join(map(code, words))
    return [
        divider(),
        actions(
            button(_("New server"), CREATE_BUTTON, NOTHING, style="primary"),
            button(_("Settings"), SETTINGS_BUTTON, NOTHING),
            button(_("Help"), HELP_BUTTON, NOTHING),
        ),
        context(_("After {command} you can type {words}.", command=code(COMMAND), words=shown)),
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
