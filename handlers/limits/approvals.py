"""The steps after a request beyond a member's limits.

These are the clicks of approvers and requesters, and the form for the reason of a refusal.
"""

import asyncio
from typing import Any, ClassVar

from handlers.commands.registry import Buttons, Forms, Handlers
from handlers.kit.action_ids import APPROVE_BUTTON, DECLINE_BUTTON, WITHDRAW_BUTTON
from handlers.kit.blocks import Message
from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence
from handlers.kit.toolkit import Toolkit
from handlers.limits.approval_cards import (
    DECLINE_FORM,
    REASON,
    asked_card,
    decided_answer,
    decline_form,
)
from provisioning.core.language import speaking
from provisioning.core.model.people import Member
from provisioning.limits.approval import Approval
from provisioning.limits.approvals import Approvals


class ApprovalCommands(Handlers):
    """The buttons of a question to approvers, and the form of a refusal."""

    def __init__(self, approvals: Approvals, kit: Toolkit) -> None:
        self._approvals = approvals
        self._kit = kit
        self._answers: Recent[asyncio.Task[dict[str, Any]]] = Recent()

    def ask(self, approval: Approval) -> Message:
        """Send the question to the approvers, and return the answer to the requester."""
        self._notify(approval)
        return asked_card(approval, self._kit.access.who_approves())

    async def approve_clicked(self, member: Member, approval_id: str, _trigger: str) -> Message:
        """Approve the creation."""
        decided = await self._approvals.approve(member, approval_id)
        self._notify(decided)
        return decided_answer(decided)

    async def decline_clicked(self, member: Member, approval_id: str, trigger: str) -> None:
        """Ask the approver for the reason."""
        approval = await self._approvals.check_decline(member, approval_id)
        await self._kit.modals.open(trigger, decline_form(approval))

    async def withdraw_clicked(self, member: Member, approval_id: str, _trigger: str) -> Message:
        """Withdraw the requester's own question."""
        withdrawn = await self._approvals.withdraw(member, approval_id)
        self._notify(withdrawn)
        return decided_answer(withdrawn)

    async def decline_submitted(self, ack: Any, body: dict[str, Any]) -> None:
        """Decline with the form's reason; a second delivery gets the first one's answer."""
        answer, _ = self._answers.once(
            body["trigger_id"],
            lambda: self._kit.tasks.spawn(self._decline(body), "decline"),
        )
        await ack(**await answer)

    async def _decline(self, body: dict[str, Any]) -> dict[str, Any]:
        with speaking(await self._kit.languages.of(body["user"]["id"])):
            return await self._declined(body)

    async def _declined(self, body: dict[str, Any]) -> dict[str, Any]:
        view, user_id = body["view"], body["user"]["id"]
        reason = view["state"]["values"][REASON][REASON]["value"] or ""
        try:
            member = await self._kit.sender(body["user"])
            approval_id = view["private_metadata"]
            self._notify(await self._approvals.decline(member, approval_id, reason))
        except Exception as error:
            sentence = failure_sentence(error, form="decline", user=user_id).replace("`", "")
            return {"response_action": "errors", "errors": {REASON: sentence}}
        return {}

    def _notify(self, approval: Approval) -> None:
        self._kit.tasks.spawn(self._approvals.notify(approval.id), "notify of an approval")

    BUTTONS: ClassVar[Buttons] = {
        APPROVE_BUTTON: approve_clicked,
        DECLINE_BUTTON: decline_clicked,
        WITHDRAW_BUTTON: withdraw_clicked,
    }
    FORMS: ClassVar[Forms] = {DECLINE_FORM: decline_submitted}
