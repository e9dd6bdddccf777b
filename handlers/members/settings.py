"""`settings`: by command, or by a form."""

from typing import Any

from handlers.commands.request import Asked
from handlers.kit.blocks import Message, plain
from handlers.kit.context import Context
from handlers.kit.failures import failure_sentence
from handlers.kit.forms import errors_at
from handlers.members.settings_form import (
    read_settings_command,
    read_settings_form,
    settings_answer,
    settings_form,
)
from provisioning.core.errors import UserError
from provisioning.core.language import _, speaking
from provisioning.core.model.people import Member


class SettingsForm:
    """The subcommand, its button and its form: the same use case."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, asked: Asked) -> Message:
        """What the command names; without anything, the form."""
        if not asked.command.arguments:
            await self.open(asked.member, asked.key)
            return plain(_("Your settings are in the form that has opened."))
        preferences = self._context.preferences
        wanted = read_settings_command(asked.command, await preferences.get(asked.member))
        changed = await preferences.put(asked.member, wanted)
        with speaking(await self._context.languages.of(asked.member.id)):
            return settings_answer(changed)

    async def open(self, member: Member, trigger_id: str) -> None:
        """Show the form."""
        preferences = self._context.preferences
        view = settings_form(await preferences.get(member), preferences.bounds())
        await self._context.modals.open(trigger_id, view)

    async def submit(self, ack: Any, body: dict[str, Any]) -> None:
        """Bolt's listener of the submission. The same one twice changes nothing more."""
        view, user_id = body["view"], body["user"]["id"]
        with speaking(await self._context.languages.of(user_id)):
            try:
                await self._context.access.require_member(user_id)
                member = await self._context.sender(body["user"])
                await self._context.preferences.put(member, read_settings_form(view))
            except Exception as error:
                field = error.field if isinstance(error, UserError) else ""
                sentence = failure_sentence(error, form="settings", user=user_id)
                errors = errors_at(view, field, sentence)
                await ack(response_action="errors", errors=errors)
                return
        await ack()
