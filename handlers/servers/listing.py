"""The commands `list`, `overview` and `status`: servers with their buttons."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers, command_name
from handlers.commands.request import CommandRequest, UseCase
from handlers.kit.action_ids import (
    ALL_BUTTON,
    CERTIFICATE_BUTTON,
    CREATE_BUTTON,
    HELP_BUTTON,
    NOTHING,
    OF_A_SERVER,
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
from handlers.kit.forms import Dialogs
from handlers.kit.toolkit import Toolkit
from handlers.servers.buttons import all_buttons, buttons, guest_buttons
from handlers.servers.card_notes import (
    certificate_note,
    disk_price_text,
    disk_text,
    growth_text,
    largest_text,
    remains_text,
)
from handlers.servers.shares import share_lines
from provisioning.access.rights import Rights, ServerId, ServerRef
from provisioning.access.sharing import Sharing
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Server, Status, state_word
from provisioning.servers.servers import Servers

MOST_LISTED = 20
"""Most servers in one answer: each has two blocks, and Slack takes 50 in a message."""

_SIGNS = {
    Status.RUNNING: ":large_green_circle:",
    Status.STOPPED: ":white_circle:",
    Status.MISSING: ":grey_question:",
    Status.DELETING: ":wastebasket:",
    Status.DELETED: ":wastebasket:",
    Status.FAILED: ":x:",
}
_UNDER_WAY = ":hourglass_flowing_sand:"


class ListCommands(Handlers):
    """The commands `list`, `overview` and `status`, with the button of `status`.

    `every_server` answers `list --all`.
    """

    def __init__(
        self,
        servers: Servers,
        rights: Rights,
        sharing: Sharing,
        every_server: UseCase,
        kit: Toolkit,
    ) -> None:
        self._servers = servers
        self._rights = rights
        self._sharing = sharing
        self._dialogs = Dialogs(kit)
        self._every_server = every_server

    async def list_servers(self, request: CommandRequest) -> Message:
        """List the member's servers, or every server to an admin."""
        state = request.command.get("state")
        if request.command.get("all") is None:
            servers = await self._servers.list(request.member, state)
            return server_list_answer(servers, state, request.member.id)
        if not request.member.is_admin:
            raise UserError(
                _("`--all` shows the servers of all members and is for admins. `list` shows yours.")
            )
        return await self._every_server(request)

    async def overview(self, request: CommandRequest) -> Message:
        """List the member's servers, and what else there is."""
        servers = await self._servers.list(request.member)
        return overview_answer(servers, request.member.id)

    async def status(self, request: CommandRequest) -> Message:
        """Show the named server."""
        return await self._shown(request.member, request.command.arguments["name"])

    async def status_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Show the server of the button."""
        return await self._shown(member, ServerId(server_id))

    async def all_clicked(self, member: Member, server_id: str, trigger: str) -> None:
        """Show all that can be done with the server of the menu, in a modal."""
        server = await self._rights.find(member, ServerId(server_id))
        await self._dialogs.show(trigger, all_actions(server, member.id), server.name)

    async def certificate_clicked(self, member: Member, server_id: str, trigger: str) -> None:
        """Show why the browser warns of the server's certificate, in a modal."""
        server = await self._rights.find(member, ServerId(server_id))
        await self._dialogs.show(trigger, plain(certificate_note(server)), server.name)

    async def _shown(self, member: Member, ref: ServerRef) -> Message:
        server = await self._rights.find(member, ref)
        shares = await self._sharing.shares(member, ServerId(server.id))
        return status_answer(server, shares, member.id)

    COMMANDS = (
        Command(
            "list",
            "[state] [--all]",
            N_("List your servers, or those in one state. With `--all`, admins see all servers."),
            list_servers,
            optional=("state",),
            flags=("all",),
            aliases=("ls",),
            example="list running",
        ),
        Command(
            "status",
            "<name>",
            N_("Show one server: state, address, price."),
            status,
            required=("name",),
            aliases=("show",),
        ),
        Command(
            "overview",
            "",
            N_(
                "Show your servers and what you can do, with buttons; the slash command alone does "
                "the same."
            ),
            overview,
            aliases=("home",),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        STATUS_BUTTON: status_clicked,
        ALL_BUTTON: all_clicked,
        CERTIFICATE_BUTTON: certificate_clicked,
    }


def overview_answer(servers: Sequence[Server], viewer: str = "") -> Message:
    """Return the member's servers with their buttons, and the general buttons."""
    listed = server_list_answer(servers, viewer=viewer)
    return Message(listed.text, [*listed.blocks, *what_else()])


def what_else() -> list[Block]:
    """Return the general buttons that stand below the servers."""
    row = actions(
        button(_("New server"), CREATE_BUTTON, NOTHING, style="primary"),
        button(_("Settings"), SETTINGS_BUTTON, NOTHING),
        button(_("Help"), HELP_BUTTON, NOTHING),
    )
    return [divider(), row | {"block_id": f"{OF_A_SERVER}none"}]


def all_actions(server: Server, viewer: str) -> Message:
    """Return one server with all that the viewer can do with it now."""
    line = server_line(server, viewer)
    if server.status is Status.RUNNING and not is_guest(server, viewer):
        return Message(_summary(server), [section(line), *all_buttons(server)])
    return Message(_summary(server), [section(line), *server_buttons(server, viewer)])


def server_list_answer(
    servers: Sequence[Server],
    state: str | None = None,
    viewer: str = "",
) -> Message:
    """Return the servers, as many as one message holds, the oldest first.

    `state` is the state that the member asked for. `viewer` is the reader's Slack id; servers of
    other owners are shared with the reader.
    """
    if not servers and state:
        return plain(
            _(
                "You have no server that is {state}. `{list}` shows all.",
                state=escape(state),
                list=f"{command_name()} list",
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
    """Return the sentence for a member without servers."""
    return _(
        "You have no servers. `{create}` creates one in a few minutes.",
        create=f"{command_name()} create ubuntu",
    )


def and_more(count: int) -> list[Block]:
    """Return a line that says how many servers are not shown, or an empty list."""
    if count <= 0:
        return []
    text = ngettext(
        "… and {n} more. {status} shows each.",
        "… and {n} more. {status} shows each.",
        count,
        status=code(f"{command_name()} status <name>"),
    )
    return [context(text)]


def server_line(server: Server, viewer: str = "") -> str:
    """Return name, state, size and address of a server; for a guest also its owner."""
    where = f" · {code(server.url)}" if server.url and server.status is Status.RUNNING else ""
    if server.status is Status.DELETED and server.snapshot:
        where = f" · {_('can be restored until {time}', time=date(server.snapshot.until))}"
    state = f"{_SIGNS.get(server.status, _UNDER_WAY)} {state_word(server.status)}"
    if _is_out(server):
        state = ":warning: " + _("running, but does not come up")
    what = f"*{escape(server.name)}* · {state} · {code(server.size)}{where}"
    if not is_guest(server, viewer):
        return what
    return f"{what} · {_('shared with you by <@{owner}>', owner=server.owner)}"


def _is_out(server: Server) -> bool:
    return server.outage is not None and server.status is Status.RUNNING


def _summary(server: Server) -> str:
    return f"{server.name}: {state_word(server.status)} {server.url}".strip()


def server_buttons(server: Server, viewer: str) -> list[Block]:
    """Return the buttons of the server for the viewer."""
    return guest_buttons(server) if is_guest(server, viewer) else buttons(server)


def is_guest(server: Server, viewer: str) -> bool:
    """Return whether another member than the viewer owns the server."""
    return viewer not in ("", server.owner)


def status_answer(server: Server, shares: Sequence[Share] = (), viewer: str = "") -> Message:
    """Return one server, with its guests."""
    lines = [server_line(server, viewer)]
    if server.failure:
        lines.append(escape(said(server.failure.text)))
    if server.remains:
        lines.append(remains_text(server))
    if server.outage and _is_out(server):
        until = date(server.outage.until)
        lines.append(_("If nothing is done about that, it is stopped {time}.", time=until))
    elif server.ready_at and server.status is Status.RUNNING:
        lines.append(_("Ready since {time}", time=date(server.ready_at)))
    if server.disk:
        lines.append(disk_text(server.disk))
        lines += filter(None, [growth_text(server), largest_text(server.disk)])
    if server.stopped_at:
        lines.append(_("Stopped since {time}", time=date(server.stopped_at)))
    created = _("Created {time}", time=date(server.created_at))
    lines.append(" · ".join((created, price(server.price_per_hour), *disk_price_text(server))))
    return Message(
        _summary(server),
        [
            section("\n".join(lines)),
            *share_lines(server, shares, viewer),
            *server_buttons(server, viewer),
        ],
    )
