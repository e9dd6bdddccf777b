"""A creation beyond its member's limits that waits for somebody's word: what is kept about it,
and the contracts of who keeps it and who is told. Like `provisioning.core.ports.cloud`: no I/O."""

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
    """Where the question is. All but `PENDING` and `APPROVED` are ends; `APPROVED` is one once
    its server is known. `REFUSED`: approved, but it could not be made then."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True)
class Approval:
    """One question. `request` has its size and release filled in; `price_per_hour` is in US
    dollars, `reasons` are the ends of sentences that say what is too much.

    `decided_by` is a Slack id, `reason` what they said. `told` is the status that people have
    been told of; `places` are the approvers' messages and `asker_place` the asker's.
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
    """Keeps the questions to approvers. Each change is one transaction with its event."""

    async def add_approval(self, approval: Approval, event: Event) -> Approval:
        """Insert it, or return the earlier one of the same `request.request_key`."""
        ...

    async def approval(self, approval_id: str) -> Approval | None:
        """The row; None if there is none."""
        ...

    async def approvals(self, *statuses: ApprovalStatus) -> Sequence[Approval]:
        """Those in one of these states, oldest first."""
        ...

    async def untold_approvals(self) -> Sequence[Approval]:
        """Those whose status people have not been told of yet."""
        ...

    async def decide_approval(
        self,
        approval_id: str,
        was: ApprovalStatus,
        event: Event,
        **changes: object,
    ) -> Approval | None:
        """Change the row if its status still is `was`. None if somebody else was faster."""
        ...

    async def note_told(self, approval: Approval) -> None:
        """Keep `told`, `places` and `asker_place` of it."""
        ...


class CreateApproved(Protocol):
    """Begins a creation that approvers have allowed."""

    async def __call__(self, request: CreateRequest) -> str:
        """Return the new server's id; the same one for the same `request.request_key`.

        Raises:
            UserError: if it can't be made, whoever allowed it.
        """
        ...


class Approvers(Protocol):
    """Who decides about questions, and who may ask them."""

    async def is_approver(self, user_id: str) -> bool:
        """Return whether the person decides such questions now."""
        ...

    async def is_member(self, user_id: str) -> bool:
        """Return whether the asker may use servers now. Raises `UserError` if that is unknown."""
        ...


class ApprovalMessages(Protocol):
    """The messages about a question, to the approvers and to the asker."""

    async def update(self, approval: Approval) -> Approval:
        """Draw the question's state in all its places and return it with its places.

        A missing message is posted: the asker's, and the approvers' while the question is
        pending. Raises `DeliveryError` if Slack did not take a message.
        """
        ...
