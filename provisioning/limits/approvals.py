"""The use cases of a question to approvers: approve, decline, withdraw, and notify.

Each checks the actor's rights. Of two decisions at the same moment one takes effect.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from provisioning.core.errors import DeliveryError, UserError
from provisioning.core.language import N_, _, said
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.people import Member
from provisioning.core.ports.engine import Clock
from provisioning.limits.approval import (
    Approval,
    ApprovalMessages,
    ApprovalStatus,
    ApprovalStore,
    Approvers,
    CreateApproved,
)

LONGEST_REASON = 500
_NOTIFY_AFTER = timedelta(seconds=30)
"""Age of a change after which `tick` notifies; before, the process that changed it does."""
_ENDS = {
    ApprovalStatus.PENDING: N_("That question is still open, so nothing was done."),
    ApprovalStatus.APPROVED: N_("<@{by}> has already approved it, so nothing was done."),
    ApprovalStatus.REFUSED: N_(
        "<@{by}> has approved it, but the server could not be created. Nothing was done now."
    ),
    ApprovalStatus.DECLINED: N_("<@{by}> has already declined it, so nothing was done."),
    ApprovalStatus.WITHDRAWN: N_("The member has withdrawn it, so nothing was done."),
    ApprovalStatus.EXPIRED: N_("It has expired without a decision, so nothing was done."),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Approvals:
    """The use cases of questions; `messages` notifies the approvers and the asker."""

    store: ApprovalStore
    create_approved: CreateApproved
    approvers: Approvers
    messages: ApprovalMessages
    clock: Clock

    async def approve(self, actor: Member, approval_id: str) -> Approval:
        """Approve the question and begin the creation.

        The creation checks everything again but the member's limits. If it refuses, the
        question ends as `REFUSED` with the reason.

        Raises:
            UserError: if the actor is not an approver, or the question is no longer pending.
        """
        approval = await self._decidable(actor, approval_id)
        approved = await self._decide(approval, actor, ApprovalStatus.APPROVED)
        return await self._create(approved)

    async def check_decline(self, actor: Member, approval_id: str) -> Approval:
        """Return the question, if the actor could decline it now. Raises as `approve` does."""
        return await self._decidable(actor, approval_id)

    async def decline(self, actor: Member, approval_id: str, reason: str) -> Approval:
        """Decline the question; the asker is notified with the reason. Raises as `approve` does."""
        approval = await self._decidable(actor, approval_id)
        words = " ".join(reason.split())[:LONGEST_REASON]
        return await self._decide(approval, actor, ApprovalStatus.DECLINED, words)

    async def withdraw(self, actor: Member, approval_id: str) -> Approval:
        """Withdraw the actor's question. Raises `UserError` if it isn't theirs or was decided."""
        approval = await self.store.approval(approval_id)
        if approval is None or approval.request.actor.id != actor.id:
            raise UserError(_("That question does not exist. `list` shows your servers."))
        return await self._decide(approval, actor, ApprovalStatus.WITHDRAWN)

    async def notify(self, approval_id: str) -> None:
        """Bring the question's messages up to date; `tick` retries what Slack does not take."""
        approval = await self.store.approval(approval_id)
        if approval is None or approval.told == approval.status:
            return
        try:
            shown = await self.messages.update(approval)
        except DeliveryError as error:
            log.info("question's messages not updated", approval=approval_id, reason=error.reason)
            return
        await self.store.note_told(replace(shown, told=approval.status.value))

    async def tick(self, now: datetime) -> None:
        """Expire old questions, and continue what a crash or an outage interrupted."""
        for approval in await self.store.approvals(ApprovalStatus.PENDING):
            if approval.expires_at <= now:
                await self._expire(approval, now)
        for approval in await self.store.approvals(ApprovalStatus.APPROVED):
            if not approval.server_id:
                await self._create(approval)
        for approval in await self.store.untold_approvals():
            if now - (approval.decided_at or approval.asked_at) > _NOTIFY_AFTER:
                await self.notify(approval.id)

    async def _decidable(self, actor: Member, approval_id: str) -> Approval:
        if not await self.approvers.is_approver(actor.id):
            raise UserError(_("Only approvers can decide that, so nothing was done."))
        approval = await self.store.approval(approval_id)
        if approval is None:
            raise UserError(_("That question no longer exists, so nothing was done."))
        return approval

    async def _decide(
        self, approval: Approval, actor: Member, status: ApprovalStatus, reason: str = ""
    ) -> Approval:
        now = self.clock.now()
        if approval.expires_at <= now and approval.status is ApprovalStatus.PENDING:
            await self._expire(approval, now)
        decided = await self.store.decide_approval(
            approval.id,
            ApprovalStatus.PENDING,
            Event(now, actor.id, "decide", None, status.value, _about(approval, reason)),
            status=status.value,
            decided_by=actor.id,
            decided_at=now,
            reason=reason,
        )
        if decided is None:
            current = await self.store.approval(approval.id) or approval
            raise UserError(said(_ENDS[current.status], by=current.decided_by))
        return decided

    async def _expire(self, approval: Approval, now: datetime) -> None:
        await self.store.decide_approval(
            approval.id,
            ApprovalStatus.PENDING,
            Event(now, ENGINE, "decide", None, ApprovalStatus.EXPIRED.value, _about(approval, "")),
            status=ApprovalStatus.EXPIRED.value,
            decided_at=now,
        )

    async def _create(self, approval: Approval) -> Approval:
        """Begin the creation once: its request key is the question's id.

        After a failure other than a refusal `tick` retries it.
        """
        request = replace(approval.request, request_key=f"approval-{approval.id}")
        try:
            if not await self.approvers.is_member(request.actor.id):
                raise UserError(_("The member who asked may no longer use notebook servers here."))
            server_id = await self.create_approved(request)
        except UserError as refusal:
            return await self._end(approval, status="refused", reason=refusal.message)
        return await self._end(approval, server_id=server_id)

    async def _end(self, approval: Approval, **changes: str) -> Approval:
        now, result = self.clock.now(), changes.get("status", "ok")
        detail = _about(approval, changes.get("reason", ""))
        event = Event(now, ENGINE, "approved", changes.get("server_id"), result, detail)
        ended = await self.store.decide_approval(
            approval.id, ApprovalStatus.APPROVED, event, **changes
        )
        return ended or await self.store.approval(approval.id) or approval


def _about(approval: Approval, reason: str) -> str:
    request = approval.request
    words = (request.actor.id, request.platform, request.size or "", request.name or "", reason)
    return " ".join(filter(None, words))
