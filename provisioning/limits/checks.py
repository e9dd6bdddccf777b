"""What a new server is checked against in the transaction that makes it, and the question to
approvers where it is beyond its member's limits."""

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
    load_of,
)
from provisioning.core.model.policy import Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Server
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import MemberStore, OwnLimitStore, ServerStore
from provisioning.limits.approval import Approval, ApprovalStatus, ApprovalStore


async def own_lifetimes(limits: OwnLimitStore) -> Mapping[str, timedelta]:
    """How long servers may run without a stop, of those members for whom an admin has set it."""
    own = await limits.own_limits()
    return {who: each.lifetime for who, each in own.items() if each.lifetime is not None}


MOST_QUESTIONS = 3
"""Questions to approvers of one member at a time: more are noise to those who decide."""
_ID_LENGTH = 12


@dataclass(frozen=True)
class LimitChecks:
    """Over the store; `policy` has the limits."""

    store: ServerStore
    limits: OwnLimitStore
    members: MemberStore
    approvals: ApprovalStore
    clock: Clock
    policy: Policy

    async def limits_of(self, member: str) -> Limits:
        """Return what the member may have without asking."""
        return await limits_of(self.limits, self.policy, member)

    async def allow(self, server: Server, *, approved: bool) -> Allow:
        """What the transaction that makes the server asks, of what is so in it."""
        limits = await self.limits_of(server.owner)
        maximum = self.policy.limits.maximum

        def allow(mine: Load, everybodys: Load) -> None:
            refuse_beyond_maximum(maximum, everybodys, server)
            reasons = () if approved else limits.excesses(mine, server)
            if reasons:
                raise OverLimitError(reasons)

        return allow

    async def ask(self, request: CreateRequest, server: Server, over: OverLimitError) -> Approval:
        """The question as it is kept, or as it was kept for the same request before.

        Raises:
            UserError: if there is nobody to ask, or the member asks for too much at once.
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
                    "{message} You have asked for {most} servers beyond your limits already. Wait "
                    "for an answer, or withdraw one of them.",
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
                "{message} You have: {names}. Delete one that you no longer need, choose a smaller "
                "size, or ask your admin for a higher limit.",
                message=over.message,
                names=", ".join(f"`{each.name}`" for each in mine) or "-",
            )
        )


async def limits_of(own: OwnLimitStore, policy: Policy, member: str) -> Limits:
    """What that member may have without asking: what an admin has set, else everybody's."""
    return policy.member_limits.with_own(await own.own_limits_of(member))


async def require_room(own: OwnLimitStore, policy: Policy, before: Load, server: Server) -> None:
    """Raises `UserError` if `server`, as it is to be, and all else that its owner has is beyond
    their limits. `before`: what it counts already."""
    limits = await limits_of(own, policy, server.owner)
    has = (await own.load()).get(server.owner, Load())
    wanted = load_of(server.size, server.price_per_hour)
    reasons = limits.excesses(has + wanted - before, server)
    if reasons:
        raise UserError(
            _(
                "That is more than you may have: {reasons}. Delete a server that you no longer "
                "need, or ask your admin for a higher limit.",
                reasons=listed_reasons(reasons),
            )
        )


def refuse_beyond_maximum(maximum: Limits, everybodys: Load, server: Server) -> None:
    """Raises `UserError` if all servers together would be more than the installation may have."""
    reasons = maximum.excesses(everybodys, server)
    if reasons:
        raise UserError(
            _(
                "All servers here together are at their maximum: {reasons}. Nobody can go beyond "
                "it, so nothing was made. Delete a server that is no longer needed, or ask your "
                "admin to raise the maximum.",
                reasons=listed_reasons(reasons),
            )
        )


def new_id() -> str:
    """Starts with a letter and is random, so that it can name resources and DNS labels."""
    rest = string.ascii_lowercase + string.digits
    first = secrets.choice(string.ascii_lowercase)
    return first + "".join(secrets.choice(rest) for _place in range(_ID_LENGTH - 1))


def request_summary(server: Server) -> str:
    """For the audit trail."""
    return f"{server.name} {server.platform} {server.release} {server.size}"
