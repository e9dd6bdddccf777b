"""A creation, and what follows where it is beyond its member's limits: the clicks of approvers
and askers."""

import asyncio
from typing import Any

from handlers.kit.blocks import Message
from handlers.kit.context import Context
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence
from handlers.limits import approval_cards
from handlers.servers import answers
from provisioning.core.language import speaking
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.limits.approval import Approval
from provisioning.servers.create import Creation


class ApprovalCommands:
    """Creations and clicks, the same use cases wherever they come from."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, request: CreateRequest) -> Message:
        """Begin it, or ask those who decide."""
        return self.answer(await self._context.servers.create(request))

    def answer(self, outcome: Creation | Approval) -> Message:
        """What was understood; a question is on its way to those who decide."""
        if isinstance(outcome, Creation):
            return answers.creation_answer(outcome)
        self._tell(outcome)
        return approval_cards.asked_card(outcome, self._context.access.who_approves())

    async def approve_clicked(self, member: Member, approval_id: str, _trigger: str) -> Message:
        """The approver's first button."""
        decided = await self._context.approvals.approve(member, approval_id)
        self._tell(decided)
        return approval_cards.decided_answer(decided)

    async def decline_clicked(self, member: Member, approval_id: str, trigger: str) -> None:
        """The second one asks why."""
        approval = await self._context.approvals.check_decline(member, approval_id)
        await self._context.modals.open(trigger, approval_cards.decline_form(approval))

    async def withdraw_clicked(self, member: Member, approval_id: str, _trigger: str) -> Message:
        """The asker's."""
        withdrawn = await self._context.approvals.withdraw(member, approval_id)
        self._tell(withdrawn)
        return approval_cards.decided_answer(withdrawn)

    async def decline(self, member: Member, approval_id: str, reason: str) -> None:
        """The form was sent."""
        self._tell(await self._context.approvals.decline(member, approval_id, reason))

    def _tell(self, approval: Approval) -> None:
        self._context.tasks.spawn(
            self._context.approvals.notify(approval.id), "tell of an approval"
        )


class DeclineForm:
    """The listener of the form in which an approver says why not."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._commands = ApprovalCommands(context)
        self._answers: Recent[asyncio.Task[dict[str, Any]]] = Recent()

    async def submit(self, ack: Any, body: dict[str, Any]) -> None:
        """Bolt's listener; a second delivery gets the first one's answer."""
        answer, _ = self._answers.once(
            body["trigger_id"],
            lambda: self._context.tasks.spawn(self._decline(body), "decline"),
        )
        await ack(**await answer)

    async def _decline(self, body: dict[str, Any]) -> dict[str, Any]:
        with speaking(await self._context.languages.of(body["user"]["id"])):
            return await self._declined(body)

    async def _declined(self, body: dict[str, Any]) -> dict[str, Any]:
        view, user_id = body["view"], body["user"]["id"]
        field = approval_cards.REASON
        reason = view["state"]["values"][field][field]["value"] or ""
        try:
            member = await self._context.sender(body["user"])
            await self._commands.decline(member, view["private_metadata"], reason)
        except Exception as error:
            sentence = failure_sentence(error, form="decline", user=user_id).replace("`", "")
            return {"response_action": "errors", "errors": {field: sentence}}
        return {}
