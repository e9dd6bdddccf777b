"""The requests to approvers, over SQLAlchemy."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.rows import event_values
from provisioning.adapters.sql.schema.tables import approvals, events
from provisioning.core.language import StoredText
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.request import CreateRequest
from provisioning.limits.approval import Approval, ApprovalStatus, ApprovalStore

_REQUEST = TypeAdapter(CreateRequest)
_REASONS = TypeAdapter(tuple[StoredText, ...])
_PLACES = TypeAdapter(tuple[Delivery, ...])


class SqlApprovals(EventStore, ApprovalStore):
    """Requests that wait for an approver, and decided ones."""

    @override
    @to_its_end
    async def add_approval(self, approval: Approval, event: Event) -> Approval:
        # The unique index decides.
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(approvals).values(**_values(approval)))
                await connection.execute(insert(events).values(**event_values(event)))
        except IntegrityError:
            key = approvals.c.request_key == approval.request.request_key
            async with self._engine.connect() as connection:
                return _approval((await connection.execute(select(approvals).where(key))).one())
        self._on_event(event)
        return approval

    @override
    @to_its_end
    async def approval(self, approval_id: str) -> Approval | None:
        query = select(approvals).where(approvals.c.id == approval_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _approval(row)

    @override
    @to_its_end
    async def approvals(self, *statuses: ApprovalStatus) -> Sequence[Approval]:
        return await self._listed(approvals.c.status.in_(statuses))

    @override
    @to_its_end
    async def untold_approvals(self) -> Sequence[Approval]:
        return await self._listed(approvals.c.told != approvals.c.status)

    async def _listed(self, condition: Any) -> Sequence[Approval]:
        query = select(approvals).where(condition).order_by(approvals.c.asked_at, approvals.c.id)
        async with self._engine.connect() as connection:
            return [_approval(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def decide_approval(
        self, approval_id: str, was: ApprovalStatus, event: Event, **changes: object
    ) -> Approval | None:
        statement = (
            update(approvals)
            .where(approvals.c.id == approval_id, approvals.c.status == was)
            .values(**changes)
            .returning(approvals)
        )
        async with writing(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is not None:
                await connection.execute(insert(events).values(**event_values(event)))
        if row is None:
            return None
        self._on_event(event)
        return _approval(row)

    @override
    @to_its_end
    async def note_told(self, approval: Approval) -> None:
        values = _values(approval)
        kept = {name: values[name] for name in ("told", "places", "asker_channel", "asker_ts")}
        statement = update(approvals).where(approvals.c.id == approval.id).values(**kept)
        async with writing(self._engine) as connection:
            await connection.execute(statement)


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        id=row.id,
        request=_REQUEST.validate_json(row.request),
        reasons=_REASONS.validate_json(row.reasons),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        price_per_hour=row.price_per_hour,
        region=row.region,
        status=ApprovalStatus(row.status),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        server_id=row.server_id,
        told=row.told,
        places=_PLACES.validate_json(row.places),
        asker_place=Delivery(row.asker_channel, row.asker_ts) if row.asker_ts else None,
    )


def _values(approval: Approval) -> dict[str, object]:
    place = approval.asker_place or Delivery("", "")
    return {
        "id": approval.id,
        "asker": approval.request.actor.id,
        "request_key": approval.request.request_key,
        "request": _REQUEST.dump_json(approval.request).decode(),
        "reasons": _REASONS.dump_json(approval.reasons).decode(),
        "asked_at": approval.asked_at,
        "expires_at": approval.expires_at,
        "price_per_hour": approval.price_per_hour,
        "region": approval.region,
        "status": approval.status.value,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at,
        "reason": approval.reason,
        "server_id": approval.server_id,
        "told": approval.told,
        "places": _PLACES.dump_json(approval.places).decode(),
        "asker_channel": place.channel,
        "asker_ts": place.ts,
    }
