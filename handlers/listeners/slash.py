"""The listener of `/notebook`: authorise, parse, call one use case, render and answer once."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from handlers.commands.parser import parse
from handlers.commands.registry import command_name
from handlers.commands.request import CommandLine, CommandRequest, UseCase
from handlers.kit.answer_in_time import in_time
from handlers.kit.blocks import Message, code
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit, answer_later
from handlers.listeners.inbox import Inbox, recorded_command, repeated
from handlers.listeners.table import COMMANDS
from provisioning.core.errors import UserError
from provisioning.core.language import _, speaking
from provisioning.core.model.people import Member
from provisioning.core.model.request import InteractionKind

log = structlog.get_logger(__name__)


class SlashCommand:
    """The listener of the slash command.

    Slack may deliver an envelope twice. The second delivery gets the first one's answer and has no
    effect of its own.
    """

    def __init__(self, use_cases: Mapping[str, UseCase], kit: Toolkit, inbox: Inbox) -> None:
        self._use_cases = use_cases
        self._kit = kit
        self._inbox = inbox
        self._answers: Recent[asyncio.Task[Message]] = Recent()

    async def __call__(self, ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        """Answer the command in its acknowledgement, or later if the answer takes longer."""
        key = command["trigger_id"]
        answer, is_new = self._answers.once(key, lambda: self._begin(command))
        if await in_time(answer, self._kit.answer_seconds):
            message = answer.result()
            await ack(response_type="ephemeral", text=message.text, blocks=message.blocks)
            return
        await ack()  # Slack could not take back a text that stands here
        if is_new:
            self._kit.tasks.spawn(self._answer_late(answer, command, client), "late answer")

    def _begin(self, command: dict[str, Any]) -> asyncio.Task[Message]:
        return self._kit.tasks.spawn(self._answer(command), "slash command")

    async def _answer_late(
        self, answer: asyncio.Task[Message], command: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await answer_later(
            self._kit,
            client,
            command["response_url"],
            command["user_id"],
            await answer,
            response_type="ephemeral",
            replace_original=False,
        )

    async def _answer(self, typed: dict[str, Any]) -> Message:
        with speaking(await self._kit.languages.of(typed["user_id"])):
            return await self._answered_once(typed)

    async def _answered_once(self, typed: dict[str, Any]) -> Message:
        key, user_id, text = typed["trigger_id"], typed["user_id"], typed.get("text") or ""
        try:
            is_new = await self._inbox.take(
                InteractionKind.COMMAND, key, user_id, recorded_command(text)
            )
        except Exception as error:
            return refusal(failure_sentence(error, user=user_id))
        if not is_new:
            return repeated()
        message = await self.understood(typed)
        self._kit.tasks.spawn(self._inbox.finish(key), "answered command")
        return message

    async def run(self, request: CommandRequest) -> Message:
        """Answer a parsed command."""
        return await self._use_cases[request.command.name](request)

    async def understood(self, typed: dict[str, Any]) -> Message:
        """Answer a typed command: `user_id`, `text`, and a `trigger_id` as its key."""
        user_id, text, to_admin = typed["user_id"], typed.get("text") or "", False
        began, name, result = time.perf_counter(), "", "ok"
        try:
            await self._kit.access.require_member(user_id)
            member = await self._kit.member(user_id, typed.get("user_name", ""))
            to_admin = member.is_admin
            command = parse(text, COMMANDS)
            name = command.name
            _refuse_admins_words(command, member)
            request = CommandRequest(member, command, typed["trigger_id"])
            return await self._kit.completed(await self.run(request), to_admin=to_admin)
        except Exception as error:
            where, result = {"command": text[:20], "user": user_id}, type(error).__name__
            return refusal(failure_sentence(error, to_admin=to_admin, **where))
        finally:
            ms = round(1000 * (time.perf_counter() - began))
            log.info("command", person=user_id, command=name, result=result, ms=ms)


def _refuse_admins_words(line: CommandLine, member: Member) -> None:
    command = COMMANDS.find(line.name)
    if command is not None and command.admin_only and not member.is_admin:
        raise UserError(
            _(
                "`{command}` is for admins of this bot, so nothing was done. `{help}` lists the "
                "commands that you can use.",
                command=line.name,
                help=f"{command_name()} help",
            )
        )


def other_command(command: str) -> str:
    """Return the answer to a slash command of another name."""
    return _(
        "I only answer {command}. Try {help}.",
        command=code(command),
        help=code(f"{command} help"),
    )
