"""Start, stop, restart and repair a server, and send a new password: by command or button."""

from typing import Any, ClassVar

from handlers.commands.registry import Buttons, Command, Forms, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    AGAIN_BUTTON,
    PASSWORD_BUTTON,
    REPAIR_BUTTON,
    RESTART_BUTTON,
    START_BUTTON,
    STATUS_BUTTON,
    STOP_BUTTON,
)
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    duration_range,
    escape_message,
    plain,
    section,
)
from handlers.kit.forms import Dialogs, Question
from handlers.kit.toolkit import Toolkit
from handlers.servers.buttons import buttons
from provisioning.access.rights import Right, Rights, ServerId, ServerRef
from provisioning.core.language import N_, _
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.servers import NoPasswordYetError, Servers

STOP_FORM = "stop_server"


class PowerCommands(Handlers):
    """The commands `start`, `stop`, `restart`, `repair` and `password`, with their buttons."""

    def __init__(self, servers: Servers, rights: Rights, kit: Toolkit) -> None:
        self._servers = servers
        self._rights = rights
        self._dialogs = Dialogs(kit)

    async def start(self, request: CommandRequest) -> Message:
        """Start the named server."""
        name = request.command.arguments["name"]
        return power_answer(await self._servers.start(request.member, name))

    async def stop(self, request: CommandRequest) -> Message:
        """Stop the named server."""
        name = request.command.arguments["name"]
        return power_answer(await self._servers.stop(request.member, name))

    async def restart(self, request: CommandRequest) -> Message:
        """Restart the named server."""
        name = request.command.arguments["name"]
        return power_answer(await self._servers.restart(request.member, name))

    async def repair(self, request: CommandRequest) -> Message:
        """Repair the named server."""
        name = request.command.arguments["name"]
        return repair_answer(await self._servers.repair(request.member, name))

    async def password(self, request: CommandRequest) -> Message:
        """Send a new one-time password of the named server."""
        name = request.command.arguments["name"]
        return await self._password(request.member, name, request.key)

    async def start_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Start the server of the button."""
        return power_answer(await self._servers.start(member, ServerId(server_id)))

    async def stop_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Stop the server of the button."""
        return power_answer(await self._servers.stop(member, ServerId(server_id)))

    async def ask_stop(self, member: Member, server_id: str, trigger: str) -> None:
        """Ask before the server of a menu is stopped."""
        server = await self._rights.find(member, ServerId(server_id), Right.STOP)
        await self._dialogs.ask(trigger, stop_question(server))

    async def stop_confirmed(self, ack: Any, body: dict[str, Any]) -> None:
        """Stop the server of the question."""

        async def stop(member: Member, server_id: str) -> Message:
            return await self.stop_clicked(member, server_id, "")

        await self._dialogs.answer(ack, body, stop)

    async def restart_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Restart the server of the button."""
        return power_answer(await self._servers.restart(member, ServerId(server_id)))

    async def repair_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Repair the server of the button."""
        return repair_answer(await self._servers.repair(member, ServerId(server_id)))

    async def password_clicked(self, member: Member, server_id: str, trigger: str) -> Message:
        """Send a new one-time password of the button's server."""
        return await self._password(member, ServerId(server_id), trigger)

    async def _password(self, member: Member, ref: ServerRef, key: str) -> Message:
        try:
            return password_answer(await self._servers.reset_password(member, ref, key))
        except NoPasswordYetError as error:
            return no_password_yet(member, error.message, error.server)

    COMMANDS = (
        Command(
            "start",
            "<name>",
            N_("Start a stopped server; its notebooks are as you left them."),
            start,
            required=("name",),
        ),
        Command(
            "stop",
            "<name>",
            N_(
                "Stop a server: what runs on it ends, its files stay, and only its disk costs "
                "money."
            ),
            stop,
            required=("name",),
        ),
        Command(
            "restart",
            "<name>",
            N_("Restart a running server; what runs on it ends."),
            restart,
            required=("name",),
            aliases=("reboot",),
        ),
        Command(
            "repair",
            "<name>",
            N_(
                "Repair a server that does not work: its Python environment is made anew with the "
                "packages that you added. What runs on it ends, its files stay."
            ),
            repair,
            required=("name",),
        ),
        Command(
            "password",
            "<name>",
            N_("Get a new one-time password by DM if you have lost yours. Open sessions end."),
            password,
            required=("name",),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        START_BUTTON: start_clicked,
        STOP_BUTTON: stop_clicked,
        RESTART_BUTTON: restart_clicked,
        REPAIR_BUTTON: repair_clicked,
        PASSWORD_BUTTON: password_clicked,
    }
    QUESTIONS: ClassVar[Buttons] = {STOP_BUTTON: ask_stop}
    FORMS: ClassVar[Forms] = {STOP_FORM: stop_confirmed}


def stop_question(server: Server) -> Question:
    """Return what a menu asks before a stop."""
    return Question(
        STOP_FORM,
        server.id,
        server.name,
        _(
            "Stop {name}? Kernels, terminals and everything else that runs on it end. Its files "
            "stay.",
            name=code(server.name),
        ),
        _("Stop"),
        _("Leave it running"),
    )


def no_password_yet(member: Member, sentence: str, server: Server) -> Message:
    """Return why no password comes now, with a button for what the member can do next."""
    text = escape_message(sentence)
    return Message(text, [section(text), *_next_steps(member, server)])


def _next_steps(member: Member, server: Server) -> list[Block]:
    show = actions(button(_("Show it"), STATUS_BUTTON, server.id))
    if server.owner != member.id:
        return [show]
    match server.status:
        case Status.STOPPED:
            return [actions(button(_("Start"), START_BUTTON, server.id, style="primary"))]
        case Status.FAILED:
            return [actions(button(_("Try again"), AGAIN_BUTTON, server.id))]
        case Status.MISSING:
            return buttons(server)
        case Status.DELETED:
            return []
        case _:
            return [show]


def repair_answer(server: Server) -> Message:
    """Return the answer to a repair that has begun."""
    return plain(
        _(
            "I'm repairing {name}: its Python environment is made anew, which takes some minutes. "
            "Your files stay. Its card in our DM shows when you can use it.",
            name=code(server.name),
        )
    )


def power_answer(server: Server) -> Message:
    """Return the answer to a stop, a start or a restart that has begun."""
    name, platform = code(server.name), get_platform(server.platform)
    if server.status is Status.STOPPING:
        return plain(
            _(
                "I'm stopping {name}. What runs on it ends; its files stay. Its card in our DM "
                "shows when it has stopped, usually in {time}.",
                name=name,
                time=duration_range(*platform.stop_seconds),
            )
        )
    time = duration_range(*platform.start_seconds)
    if server.status is Status.STARTING:
        return plain(
            _(
                "I'm starting {name}. Its card in our DM shows when you can use it, usually in "
                "{time}. The address and the password that you have chosen stay the same.",
                name=name,
                time=time,
            )
        )
    return plain(
        _(
            "I'm restarting {name}. Its card in our DM shows when you can use it, usually in "
            "{time}. The address and the password that you have chosen stay the same.",
            name=name,
            time=time,
        )
    )


def password_answer(server: Server) -> Message:
    """Return the answer to a request for a new password, which comes by DM alone."""
    if server.status is not Status.RUNNING:
        return plain(
            _(
                "A new one-time password for {name} comes to you by DM as soon as the server runs.",
                name=code(server.name),
            )
        )
    return plain(
        _(
            "A new one-time password for {name} is on its way to you by DM. The earlier password "
            "and the sessions begun with it end now.",
            name=code(server.name),
        )
    )
