"""The commands `extend` and `keep`: let a server run although it is not in use."""

from datetime import timedelta
from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.idle.notices import kept_answer
from handlers.kit.action_ids import (
    EXTEND_1H_BUTTON,
    EXTEND_4H_BUTTON,
    KEEP_MONTH_BUTTON,
    UNTIL_FINISHED_BUTTON,
    UNTIL_MORNING_BUTTON,
)
from handlers.kit.blocks import Message
from handlers.kit.times import parse_duration, parse_moment
from provisioning.access.rights import ServerId, ServerRef
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.core.model.people import Member
from provisioning.idle.keep import Keeping


class KeepCommands(Handlers):
    """Handlers of `extend` and `keep`, and of the buttons of a warning."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    async def extend(self, request: CommandRequest) -> Message:
        """Keep a server on for some more time."""
        time = parse_duration(request.command.arguments["time"])
        return await self._extend(request.member, request.command.arguments["name"], time)

    async def keep(self, request: CommandRequest) -> Message:
        """Keep a server on until a moment, or until its work ends."""
        words = request.command
        if words.arguments["until"].lower() != "until":
            raise UserError(_("Add the time, for example `keep sales until tomorrow 9:00`."))
        text = f"{words.arguments['time']} {words.get('clock') or ''}".strip()
        name = words.arguments["name"]
        if text.lower() in ("finished", "it finishes"):
            return kept_answer(await self._keeping.until_finished(request.member, name))
        now, zone = await self._keeping.time_of(request.member)
        moment = parse_moment(text, now, zone)
        return kept_answer(await self._keeping.until(request.member, name, moment))

    async def extend_1h_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Keep a server on for one more hour."""
        return await self._extend(member, ServerId(server_id), timedelta(hours=1))

    async def extend_4h_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Keep a server on for four more hours."""
        return await self._extend(member, ServerId(server_id), timedelta(hours=4))

    async def keep_month_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Keep a stopped server from its deletion for 30 days."""
        return await self._extend(member, ServerId(server_id), timedelta(days=30))

    async def until_finished_clicked(
        self, member: Member, server_id: str, _trigger: str
    ) -> Message:
        """Keep a server on until its work ends."""
        return kept_answer(await self._keeping.until_finished(member, ServerId(server_id)))

    async def until_morning_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Keep a server on until tomorrow morning by the member's clock."""
        return kept_answer(await self._keeping.until_morning(member, ServerId(server_id)))

    async def _extend(self, member: Member, ref: ServerRef, time: timedelta) -> Message:
        return kept_answer(await self._keeping.extend(member, ref, time))

    COMMANDS = (
        Command(
            "extend",
            "<name> <time>",
            N_("Keep a server running for some more time, even while it is idle."),
            extend,
            required=("name", "time"),
            example="extend sales 4h",
        ),
        Command(
            "keep",
            "<name> until <time>",
            N_("Keep a server running until a time, or with `until finished` until its work ends."),
            keep,
            required=("name", "until", "time"),
            optional=("clock",),
            example="keep sales until tomorrow 9:00",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        EXTEND_1H_BUTTON: extend_1h_clicked,
        EXTEND_4H_BUTTON: extend_4h_clicked,
        KEEP_MONTH_BUTTON: keep_month_clicked,
        UNTIL_FINISHED_BUTTON: until_finished_clicked,
        UNTIL_MORNING_BUTTON: until_morning_clicked,
    }
