"""The command `settings` and its form."""

from typing import Any, ClassVar

from handlers.commands.registry import Buttons, Command, Forms, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import SETTINGS_BUTTON
from handlers.kit.blocks import Message, plain
from handlers.kit.failures import failure_sentence
from handlers.kit.forms import errors_at
from handlers.kit.toolkit import Toolkit
from handlers.members.settings_form import (
    SETTINGS_FORM,
    read_settings_command,
    read_settings_form,
    settings_answer,
    settings_form,
)
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, speaking
from provisioning.core.model.people import Member
from provisioning.members.settings import Preferences


class SettingsCommands(Handlers):
    """Handlers of `settings`, of its button and of its form."""

    def __init__(self, preferences: Preferences, kit: Toolkit) -> None:
        self._preferences = preferences
        self._kit = kit

    async def settings(self, request: CommandRequest) -> Message:
        """Change the settings that the command names; without options, open the form."""
        if not request.command.arguments:
            await self._open(request.member, request.key)
            return plain(_("Your settings are in the form that has opened."))
        before = await self._preferences.get(request.member)
        wanted = read_settings_command(request.command, before)
        changed = await self._preferences.put(request.member, wanted)
        with speaking(await self._kit.languages.of(request.member.id)):
            return settings_answer(changed)

    async def settings_clicked(self, member: Member, _value: str, trigger: str) -> None:
        """Open the form."""
        await self._open(member, trigger)

    async def _open(self, member: Member, trigger_id: str) -> None:
        settings = await self._preferences.get(member)
        view = settings_form(settings, self._preferences.bounds())
        await self._kit.modals.open(trigger_id, view)

    async def submitted(self, ack: Any, body: dict[str, Any]) -> None:
        """Store the form's settings. A repeated delivery changes nothing more."""
        view, user_id = body["view"], body["user"]["id"]
        with speaking(await self._kit.languages.of(user_id)):
            try:
                await self._kit.access.require_member(user_id)
                member = await self._kit.sender(body["user"])
                await self._preferences.put(member, read_settings_form(view))
            except Exception as error:
                field = error.field if isinstance(error, UserError) else ""
                sentence = failure_sentence(error, form="settings", user=user_id)
                errors = errors_at(view, field, sentence)
                await ack(response_action="errors", errors=errors)
                return
        await ack()

    COMMANDS = (
        Command(
            "settings",
            "[--language LANGUAGE] [--quiet HOURS] [--idle MINUTES]",
            N_(
                "Your language, quiet hours and idle time. Without options, a form opens. "
                "`slack`, `none` and `default` reset a setting."
            ),
            settings,
            options=("language", "quiet", "idle"),
            aliases=("preferences",),
            example="settings --language ko --quiet 22:00-8:00 --idle 60",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {SETTINGS_BUTTON: settings_clicked}
    FORMS: ClassVar[Forms] = {SETTINGS_FORM: submitted}
