"""What members write to the bot in their DM: a command without the slash, or anything else."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.commands.parser import parse
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Message, section
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit
from handlers.listeners.inbox import Inbox, recorded_command
from handlers.listeners.slash import SlashCommand
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError
from provisioning.core.language import _, speaking
from provisioning.core.model.request import InteractionKind

_LONGEST_TALK = 500
"""Characters of a message that is read as a command; a longer one is something else."""


class Talk:
    """The listener of messages in the DM with the bot."""

    def __init__(self, slash: SlashCommand, kit: Toolkit, inbox: Inbox) -> None:
        self._slash = slash
        self._kit = kit
        self._inbox = inbox
        self._seen: Recent[None] = Recent()

    async def __call__(
        self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient
    ) -> None:
        """Answer a member's message; edits, and messages of apps, get no answer."""
        if event.get("subtype") or event.get("bot_id") or event.get("channel_type") != "im":
            return
        if "user" in event and self._seen.is_new(body["event_id"], None):
            self._kit.tasks.spawn(self._answer(body["event_id"], event, client), "talk")

    async def _answer(self, key: str, event: dict[str, Any], client: AsyncWebClient) -> None:
        user_id, text = event["user"], str(event.get("text") or "")
        with speaking(await self._kit.languages.of(user_id)):
            kind = InteractionKind.COMMAND
            if not await self._inbox.take(kind, key, user_id, recorded_command(text)):
                return
            answer = await self._said(key, user_id, text)
            await client.chat_postMessage(
                channel=event["channel"],
                thread_ts=event.get("thread_ts"),
                text=answer.text,
                blocks=answer.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
        await self._inbox.finish(key)

    async def _said(self, key: str, user_id: str, text: str) -> Message:
        try:
            await self._kit.access.require_member(user_id)
            member = await self._kit.member(user_id, "")
            line = None if len(text) > _LONGEST_TALK else self._command(text)
            if line is not None and not _needs_a_form(text):
                return await self._slash.understood(
                    {"user_id": user_id, "text": text, "trigger_id": key}
                )
            overview = await self._slash.run(CommandRequest(member, parse("", COMMANDS), key))
        except Exception as error:
            return refusal(failure_sentence(error, user=user_id))
        if line is not None:
            return overview
        first = section(
            _(
                "I did not understand that. Type what you would type after the command, such as "
                "`list` or `create ubuntu`, or use the buttons."
            )
        )
        return Message(overview.text, [first, *overview.blocks])

    def _command(self, text: str) -> object | None:
        try:
            return parse(text, COMMANDS)
        except UserError:
            words = text.split()
            # A command with a wrong argument gets its own refusal.
            return words if words and COMMANDS.find(words[0]) else None


def _needs_a_form(text: str) -> bool:
    """Return whether the words open a form, for which Slack gives a message no trigger."""
    return text.split() in (["create"], ["settings"])
