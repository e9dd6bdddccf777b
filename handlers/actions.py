"""Clicks. A value is a server's id; what the person may do with it is checked again."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from handlers import action_ids, answers
from handlers.context import Context, Respond, answer_later
from handlers.failures import explain
from handlers.mrkdwn import Message
from provisioning.model import Member

_REMEMBERED = 10_000


class Clicks:
    """The listeners of the buttons."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.listeners: dict[str, Callable[[Member, str], Awaitable[Message]]] = {
            action_ids.PASSWORD: self._password,
            action_ids.DELETE: self._delete,
            action_ids.KEEP: self._keep,
            action_ids.STATUS: self._status,
        }

    async def __call__(self, ack: Any, body: dict[str, Any], respond: Respond) -> None:
        """Bolt's listener of every button with an effect."""
        await ack()
        if self._is_repeated(body):
            return
        self._context.tasks.spawn(self._work(body, respond), "click")

    async def acknowledge(self, ack: Any) -> None:
        """The listener of buttons that only open an address, and of those of older versions."""
        await ack()

    def _is_repeated(self, body: dict[str, Any]) -> bool:
        key = str(body.get("trigger_id", ""))
        if not key or key in self._seen:
            return bool(key)
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False

    async def _work(self, body: dict[str, Any], respond: Respond) -> None:
        action = body["actions"][0]
        user = body["user"]
        member = Member(user["id"], user.get("username") or user.get("name") or "")
        try:
            await self._context.access.require_member(member.id)
            message = await self.listeners[action["action_id"]](member, action.get("value", ""))
        except Exception as error:
            message = answers.refusal(explain(error, action=action["action_id"], user=member.id))
        # The answer takes the place of a question that only this person saw; a card in the DM
        # stays, since the engine redraws it.
        was_question = bool(body.get("container", {}).get("is_ephemeral"))
        await answer_later(
            self._context,
            respond,
            member,
            message,
            response_type="ephemeral",
            replace_original=was_question,
        )

    async def _password(self, member: Member, server_id: str) -> Message:
        server = await self._context.servers.reset_password_by_id(member, server_id)
        return answers.password_answer(server)

    async def _delete(self, member: Member, server_id: str) -> Message:
        return answers.deleting_answer(await self._context.servers.delete(member, server_id))

    async def _keep(self, member: Member, server_id: str) -> Message:
        server = await self._context.servers.get(member, server_id)
        return answers.kept_answer(server)

    async def _status(self, member: Member, server_id: str) -> Message:
        return answers.status_answer(await self._context.servers.get(member, server_id))
