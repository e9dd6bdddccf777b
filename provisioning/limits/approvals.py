"""The use cases around a creation that is beyond its member's limits: approve, decline, withdraw,
and telling people. Rights are checked at each; of two clicks at once one decides."""

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
_TOLD_AT_ONCE = timedelta(seconds=30)
"""Before that whoever has changed it may be about to tell."""
_ENDS = {
    ApprovalStatus.PENDING: N_("It is still open. Nothing was done now."),
    ApprovalStatus.APPROVED: N_("It was approved by <@{by}> already. Nothing was done now."),
    ApprovalStatus.REFUSED: N_(
        "It was approved by <@{by}>, but the server could not be made. Nothing was done now."
    ),
    ApprovalStatus.DECLINED: N_("It was declined by <@{by}> already. Nothing was done now."),
    ApprovalStatus.WITHDRAWN: N_("It was withdrawn. Nothing was done now."),
    ApprovalStatus.EXPIRED: N_("It has expired: nobody had decided in time. Nothing was done now."),
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Approvals:
    """The use cases; `messages` notifies the approvers and the asker."""

    store: ApprovalStore
    create_approved: CreateApproved
    approvers: Approvers
    messages: ApprovalMessages
    clock: Clock

    async def approve(self, actor: Member, approval_id: str) -> Approval:
        """Begin the creation as if the asker had asked now. All but the member's limits is
        checked again; where that refuses, the approval ends as `REFUSED` with why.

        Raises:
            UserError: if the actor does not decide, or it is not pending any more.
        """
        approval = await self._decidable(actor, approval_id)
        approved = await self._decide(approval, actor, ApprovalStatus.APPROVED)
        return await self._make(approved)

    async def check_decline(self, actor: Member, approval_id: str) -> Approval:
        """The question, if the actor could decline it now. Raises as `approve`."""
        return await self._decidable(actor, approval_id)

    async def decline(self, actor: Member, approval_id: str, reason: str) -> Approval:
        """Nothing is made, and the asker is told why. Raises as `approve`."""
        approval = await self._decidable(actor, approval_id)
        words = " ".join(reason.split())[:LONGEST_REASON]
        return await self._decide(approval, actor, ApprovalStatus.DECLINED, words)

    async def withdraw(self, actor: Member, approval_id: str) -> Approval:
        """The asker no longer wants it. Raises `UserError` if it isn't theirs or was decided."""
        approval = await self.store.approval(approval_id)
        if approval is None or approval.request.actor.id != actor.id:
            raise UserError(_("That question does not exist. `list` shows your servers."))
        return await self._decide(approval, actor, ApprovalStatus.WITHDRAWN)

    async def notify(self, approval_id: str) -> None:
        """Draw the question in all its messages; `tick` repeats what Slack does not take."""
        approval = await self.store.approval(approval_id)
        if approval is None or approval.told == approval.status:
            return
        try:
            shown = await self.messages.update(approval)
        except DeliveryError as error:
            log.info("approval not told", approval=approval_id, reason=error.reason)
            return
        await self.store.note_told(replace(shown, told=approval.status.value))

    async def tick(self, now: datetime) -> None:
        """What a crash or an outage left: expire, go on with what was approved, tell."""
        for approval in await self.store.approvals(ApprovalStatus.PENDING):
            if approval.expires_at <= now:
                await self._expire(approval, now)
        for approval in await self.store.approvals(ApprovalStatus.APPROVED):
            if not approval.server_id:
                await self._make(approval)
        for approval in await self.store.untold_approvals():
            if now - (approval.decided_at or approval.asked_at) > _TOLD_AT_ONCE:
                await self.notify(approval.id)

    async def _decidable(self, actor: Member, approval_id: str) -> Approval:
        if not await self.approvers.is_approver(actor.id):
            raise UserError(_("That is for the people who approve servers here; nothing was done."))
        approval = await self.store.approval(approval_id)
        if approval is None:
            raise UserError(_("That question does not exist any more, so nothing was done."))
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

    async def _make(self, approval: Approval) -> Approval:
        """The creation, once: its key is the approval's. Anything but a refusal leaves it to
        `tick`."""
        request = replace(approval.request, request_key=f"approval-{approval.id}")
        try:
            if not await self.approvers.is_member(request.actor.id):
                raise UserError(_("The asker may no longer use notebook servers here."))
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
