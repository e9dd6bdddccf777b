"""The check of limits in the transaction that inserts a server, and the question to approvers."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.limits import (
    Allow,
    Limits,
    Load,
    OverLimitError,
    listed_reasons,
    load_of_server,
)
from provisioning.core.model.policy import Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Server
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import MemberStore, OwnLimitStore, ServerStore
from provisioning.limits.approval import Approval, ApprovalStatus, ApprovalStore


async def own_lifetimes(limits: OwnLimitStore) -> Mapping[str, timedelta]:
    """Return how long servers may run without a stop, for members with a limit of their own."""
    own = await limits.own_limits()
    return {member: each.lifetime for member, each in own.items() if each.lifetime is not None}


MOST_QUESTIONS = 3
"""Most open questions of one member: more would be noise to the approvers."""
_ID_LENGTH = 12


@dataclass(frozen=True)
class LimitChecks:
    """Check members' limits, and ask the approvers; `policy` has the limits."""

    store: ServerStore
    limits: OwnLimitStore
    members: MemberStore
    approvals: ApprovalStore
    clock: Clock
    policy: Policy

    async def limits_of(self, member: str) -> Limits:
        """Return what the member may have without an approval."""
        return await limits_of(self.limits, self.policy, member)

    async def allow(self, server: Server, *, approved: bool) -> Allow:
        """Return the check for the transaction that inserts the server."""
        limits = await self.limits_of(server.owner)
        maximum = self.policy.limits.maximum

        def allow(mine: Load, everybodys: Load) -> None:
            refuse_beyond_maximum(maximum, everybodys, server)
            reasons = () if approved else limits.excesses(mine, server)
            if reasons:
                raise OverLimitError(reasons)

        return allow

    async def ask(self, request: CreateRequest, server: Server, over: OverLimitError) -> Approval:
        """Store the question and return it, or the earlier one of the same request.

        Raises:
            UserError: if the installation has no approvals, or the member has too many open
                questions.
        """
        if not self.policy.limits.approval_ttl:
            raise await self._refusal(server, over)
        waiting = [
            each
            for each in await self.approvals.approvals(ApprovalStatus.PENDING)
            if each.request.actor.id == server.owner
            and each.request.request_key != request.request_key
        ]
        if len(waiting) >= MOST_QUESTIONS:
            raise UserError(
                _(
                    "{message} You already have {most} open questions about servers beyond your "
                    "limits. Wait for a decision, or withdraw one of them.",
                    message=over.message,
                    most=MOST_QUESTIONS,
                )
            )
        now = self.clock.now()
        approval = Approval(
            id=new_id(),
            request=request,
            reasons=over.reasons,
            asked_at=now,
            expires_at=now + self.policy.limits.approval_ttl,
            price_per_hour=server.price_per_hour,
            region=server.region,
        )
        await self.members.remember(request.actor, now)
        detail = f"{request_summary(server)}: {'; '.join(over.reasons)}"
        event = Event(now, server.owner, "ask", None, "accepted", detail)
        return await self.approvals.add_approval(approval, event)

    async def _refusal(self, server: Server, over: OverLimitError) -> UserError:
        mine = await self.store.list_servers(server.owner)
        return UserError(
            _(
                "{message} Your servers: {names}. Delete one that you no longer need, choose a "
                "smaller size, or ask your admin for a higher limit.",
                message=over.message,
                names=", ".join(f"`{each.name}`" for each in mine) or "-",
            )
        )


async def limits_of(own: OwnLimitStore, policy: Policy, member: str) -> Limits:
    """Return the member's limits: those of all members, replaced by the member's own."""
    return policy.member_limits.with_own(await own.own_limits_of(member))


async def require_room(own: OwnLimitStore, policy: Policy, before: Load, server: Server) -> None:
    """Refuse a changed or restored server that is beyond its owner's limits, with `UserError`.

    `server` is as it will be; `before` is the load that it counts already.
    """
    limits = await limits_of(own, policy, server.owner)
    has = (await own.load()).get(server.owner, Load())
    wanted = load_of_server(server)
    reasons = limits.excesses(has + wanted - before, server)
    if reasons:
        raise UserError(
            _(
                "That is beyond your limits: {reasons}. Delete a server that you no longer need, "
                "or ask your admin for a higher limit.",
                reasons=listed_reasons(reasons),
            )
        )


def refuse_beyond_maximum(maximum: Limits, everybodys: Load, server: Server) -> None:
    """Refuse a server that is beyond the installation's maximum, with `UserError`."""
    reasons = maximum.excesses(everybodys, server)
    if reasons:
        raise UserError(
            _(
                "All servers together have reached this installation's maximum: {reasons}. "
                "Nothing was created. Delete a server that is no longer needed, or ask your admin "
                "to raise the maximum.",
                reasons=listed_reasons(reasons),
            )
        )


def new_id() -> str:
    """Return a random id that starts with a letter, as resource names and DNS labels need it."""
    rest = string.ascii_lowercase + string.digits
    first = secrets.choice(string.ascii_lowercase)
    return first + "".join(secrets.choice(rest) for _place in range(_ID_LENGTH - 1))


def request_summary(server: Server) -> str:
    """Return the request in one line for the audit trail."""
    return f"{server.name} {server.platform} {server.release} {server.size}"
