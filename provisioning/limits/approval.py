"""Questions to approvers: a creation beyond its member's limits that waits for a decision.

This module has the stored values and the contracts of the store and of the messages; no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.request import CreateRequest


class ApprovalStatus(StrEnum):
    """The state of a question.

    All states but `PENDING` and `APPROVED` are final; `APPROVED` is final once the server exists.
    `REFUSED` means that the question was approved, but the server could not be created.
    """

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True)
class Approval:
    """A question to the approvers.

    - `request` has its size and release filled in.
    - `reasons` are ends of sentences that say what is beyond the limits.
    - `price_per_hour` is in US dollars.
    - `decided_by` is a Slack id, and `reason` is the approver's text.
    - `told` is the status that the messages in Slack show.
    - `places` are the approvers' messages, and `asker_place` is the message to the asker.
    """

    id: str
    request: CreateRequest
    reasons: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime
    price_per_hour: Decimal | None = None
    region: str = ""
    status: ApprovalStatus = ApprovalStatus.PENDING
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    server_id: str = ""
    told: str = ""
    places: tuple[Delivery, ...] = ()
    asker_place: Delivery | None = None


class ApprovalStore(Protocol):
    """The store of questions to approvers. Each change is one transaction with its event."""

    async def add_approval(self, approval: Approval, event: Event) -> Approval:
        """Insert the question, or return the earlier one with the same `request.request_key`."""
        ...

    async def approval(self, approval_id: str) -> Approval | None:
        """Return the question with that id, None if there is none."""
        ...

    async def approvals(self, *statuses: ApprovalStatus) -> Sequence[Approval]:
        """Return the questions in one of these states, oldest first."""
        ...

    async def untold_approvals(self) -> Sequence[Approval]:
        """Return the questions whose messages do not show their status yet."""
        ...

    async def decide_approval(
        self,
        approval_id: str,
        was: ApprovalStatus,
        event: Event,
        **changes: object,
    ) -> Approval | None:
        """Change the question and return it, or None if its status is no longer `was`."""
        ...

    async def note_told(self, approval: Approval) -> None:
        """Store `told`, `places` and `asker_place` of the question."""
        ...


class CreateApproved(Protocol):
    """The use case that begins an approved creation."""

    async def __call__(self, request: CreateRequest) -> str:
        """Return the new server's id, the same for the same `request.request_key`.

        Raises:
            UserError: if the server can't be created, although it was approved.
        """
        ...


class Approvers(Protocol):
    """The approvers, who decide questions, and the members, who may ask them."""

    async def is_approver(self, user_id: str) -> bool:
        """Return whether the person is an approver now."""
        ...

    async def is_member(self, user_id: str) -> bool:
        """Return whether the person is a member now. Raises `UserError` if that is unknown."""
        ...


class ApprovalMessages(Protocol):
    """The messages about a question, to the approvers and to the asker."""

    async def update(self, approval: Approval) -> Approval:
        """Bring all messages of the question up to date and return it with their places.

        A missing message to the asker is posted, and a missing one to the approvers while the
        question is pending. Raises `DeliveryError` if Slack did not take a message.
        """
        ...
