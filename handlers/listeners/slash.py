"""`/notebook ...`: authorise, parse, call one use case, render, and answer once."""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.admin.admin import refuse_admins_words
from handlers.commands.parser import parse
from handlers.commands.request import Asked
from handlers.kit.answer_in_time import in_time
from handlers.kit.blocks import Message
from handlers.kit.context import Context, answer_later
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence
from handlers.listeners.creation_form import CreationForm
from handlers.listeners.dispatch import UseCases
from handlers.servers import answers
from provisioning.core.language import speaking


class SlashCommand:
    """The listener of the slash command.

    Slack may deliver an envelope twice: the second one gets the first one's answer, and
    nothing is done again.
    """

    def __init__(self, context: Context, form: CreationForm) -> None:
        self._context = context
        self._answers: Recent[asyncio.Task[Message]] = Recent()
        self._use_cases = UseCases(context, form).table()

    async def __call__(self, ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        """Bolt's listener."""
        key = command["trigger_id"]
        answer, is_new = self._answers.once(key, lambda: self._begin(command))
        if await in_time(answer):
            message = answer.result()
            await ack(response_type="ephemeral", text=message.text, blocks=message.blocks)
            return
        with speaking(self._context.languages.known(command["user_id"])):
            await ack(response_type="ephemeral", text=answers.working())
        if is_new:
            self._context.tasks.spawn(self._answer_late(answer, command, client), "late answer")

    def _begin(self, command: dict[str, Any]) -> asyncio.Task[Message]:
        return self._context.tasks.spawn(self._answer(command), "slash command")

    async def _answer_late(
        self, answer: asyncio.Task[Message], command: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await answer_later(
            self._context,
            client,
            command["response_url"],
            command["user_id"],
            await answer,
            replace_original=True,
        )

    async def _answer(self, typed: dict[str, Any]) -> Message:
        with speaking(await self._context.languages.of(typed["user_id"])):
            return await self._understood(typed)

    async def _understood(self, typed: dict[str, Any]) -> Message:
        user_id, text = typed["user_id"], typed.get("text") or ""
        try:
            await self._context.access.require_member(user_id)
            member = await self._context.member(user_id, typed.get("user_name", ""))
            command = parse(text)
            refuse_admins_words(command, member)
            asked = Asked(member, command, typed["trigger_id"])
            return await self._use_cases[command.name](asked)
        except Exception as error:
            return answers.refusal(failure_sentence(error, command=text[:20], user=user_id))
