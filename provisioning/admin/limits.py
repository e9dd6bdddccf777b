"""The use cases of admins who set members' limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from provisioning.access.rights import require_admin
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Limits, Load, OwnLimits
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import OwnLimitStore
from provisioning.servers.choices import choose_region


@dataclass(frozen=True)
class LimitsOverview:
    """All limits and the load that counts against them.

    `member` holds for members without own limits, `maximum` for all together. `own` and `used` are
    by Slack id.
    """

    member: Limits
    maximum: Limits
    own: Mapping[str, OwnLimits]
    used: Mapping[str, Load]

    @property
    def total(self) -> Load:
        """The load of all members together."""
        return sum(self.used.values(), Load())

    def of(self, member: str) -> Limits:
        """Return the limits that hold for that member."""
        return self.member.with_own(self.own.get(member))


@dataclass(frozen=True)
class Limiting:
    """Each method refuses members who are no admins, whatever the handler checked."""

    limits: OwnLimitStore
    clock: Clock
    policy: Policy

    async def overview(self, actor: Member) -> LimitsOverview:
        """Return all limits, and the load that counts against them."""
        require_admin(actor)
        own, used = await self.limits.own_limits(), await self.limits.load()
        policy = self.policy
        member = replace(
            policy.member_limits,
            sizes=policy.allowed_sizes,
            regions=policy.regions if policy.other_regions else (),
        )
        return LimitsOverview(member, policy.limits.maximum, own, used)

    async def set_own(self, actor: Member, member: Member, changes: OwnLimits) -> LimitsOverview:
        """Set the member's own limits that `changes` has; the others stay as they were.

        Raises:
            UserError: for a region in which this installation creates no servers.
        """
        require_admin(actor)
        if changes.regions:
            known = self.policy.regions
            regions = tuple(choose_region(each, known) for each in changes.regions)
            changes = replace(changes, regions=regions)
        before = await self.limits.own_limits_of(member.id) or OwnLimits()
        own = replace(before, **changes.chosen())
        words = " ".join(f"{name}={_word(value)}" for name, value in own.chosen().items())
        await self.limits.set_own_limits(member.id, own, self._event(actor, member, words))
        return await self.overview(actor)

    async def remove_own(self, actor: Member, member: Member) -> LimitsOverview:
        """Give the member the installation's limits again; does nothing without own limits."""
        require_admin(actor)
        await self.limits.set_own_limits(member.id, None, self._event(actor, member, "default"))
        return await self.overview(actor)

    def _event(self, actor: Member, member: Member, words: str) -> Event:
        return Event(self.clock.now(), actor.id, "limits", None, "accepted", f"{member.id} {words}")


def _word(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{round(value / timedelta(minutes=1))}m"
    return ",".join(value) if isinstance(value, tuple) else str(value)
