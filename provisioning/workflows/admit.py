"""The access list as steps: from the database to the machine, and to the members by DM.

The database holds the desired access list (`ShareStore`). The steps apply it from any earlier
state. A machine that is off gets the list at its next start.
The clear text of a password exists only inside the step that sends it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from provisioning.access.passwords import generate_password, planted
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.people import Member, Share
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import CardPassword, Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import MemberKeyStore, ServerStore, ShareStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.durable.steps import DAY, Step, SupersededError, Workflow
from provisioning.workflows.failures.people import FailedPeople, is_not_applied

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Admission:
    """The steps that apply an access list.

    `access` returns the access to a server's machine; `hand_over` sends the owner a new one-time
    password.
    """

    cloud: Cloud
    host: Host
    cards: CardMessages
    store: ServerStore
    shares: ShareStore
    keys: MemberKeyStore
    clock: Clock
    policy: Policy
    access: Callable[[Server], Awaitable[HostAccess]]
    hand_over: Callable[[Server], Awaitable[None]]
    failed: FailedPeople

    def workflow(self) -> Workflow:
        """Return the workflow of a share, the end of a share, and a transfer."""
        return Workflow(
            Job.PEOPLE,
            (
                Step("tag_owner", self.cloud.inventory.tag_server, patience=DAY, optional=True),
                Step("admit", self.admit_if_it_runs, patience=DAY),
                Step("invite", self.invite, patience=DAY),
            ),
            self.failed.of_people(),
        )

    async def admit(self, server: Server) -> None:
        """Apply the access list: the owner and the guests may sign in, former guests no longer.

        An owner who has left may not sign in until an admin decides. The messages to former
        guests then show that their access has ended.
        """
        shares = await self.shares.shares(server.id)
        owners = [server.owner] if server.closed_at is None else []
        people = [*owners, *(share.member for share in shares if share.ended_at is None)]
        keys = [key.line for key in await self.keys.member_keys(people)]
        access, platform = await self.access(server), get_platform(server.platform)
        await self.host.admit(access, platform, people, keys)
        await self.shares.people_applied(server.id, server.access_list.version)
        await self._part_with(server, [share for share in shares if share.ended_at])
        if is_not_applied(server):
            await self._recovered(server)

    async def _recovered(self, server: Server) -> None:
        changed = await self.store.update(server.id, server.generation, failure=None)
        if changed is not None and changed.status is Status.RUNNING:
            await self.cards.update_state(changed)

    async def admit_keys(self, server: Server) -> None:
        """Give a new machine the owner's SSH keys, if there are any.

        The owner's password reaches the machine with the hand-over.
        """
        if server.closed_at is None and await self.keys.member_keys([server.owner]):
            await self.admit(server)

    async def admit_if_it_runs(self, server: Server) -> None:
        """Apply the access list if the machine runs; otherwise its next start does."""
        if server.status is Status.RUNNING:
            await self.admit(server)

    async def invite(self, server: Server) -> None:
        """Send a one-time password to each member who needs one.

        A password that can't be delivered is never stored: the step retries with another one.
        While the machine has an older list, a password might arrive before its person is
        admitted. The work that applies the newer list sends it.
        """
        if server.status is not Status.RUNNING or server.access_list.is_due:
            return
        for share in await self.shares.shares(server.id):
            if share.ended_at is None and share.password_sent_at is None:
                await self._invite(server, share)
        if server.password is None and server.closed_at is None:
            await self.hand_over(server)

    async def _invite(self, server: Server, share: Share) -> None:
        password, now = generate_password(), self.clock.now()
        expires_at = now + self.policy.password_ttl
        person = Member(share.member, share.member_name)
        access = await self.access(server)
        await self.host.plant_password(access, person, await planted(password), expires_at)
        place = await self.cards.post_invitation(server, share, password, expires_at)
        await self.shares.note_invitation(server.id, share.member, now, place)

    async def hold(self, server: Server) -> None:
        """Close a machine before it stops: no member may sign in until the next `admit`.

        An unused one-time password is noted first, so that the next start sends a fresh one.

        So a member who loses access meanwhile can't use the machine when it starts. A machine
        that can't be reached is stopped all the same.
        """
        await self.note_unused(server)
        try:
            await self.host.hold(await self.access(server), get_platform(server.platform))
        except (NotYet, PermanentError) as error:
            log.warning("machine not closed before its stop", server=server.id, reason=error.reason)

    async def note_unused(self, server: Server) -> None:
        """Write that the owner is still to get a one-time password, if the last one was not used.

        The card loses its password with the next state. The machine knows whether the owner has
        used it; if the machine does not answer, the row stays as it is.
        """
        if server.password is None or server.password.used_at is not None:
            return
        try:
            activity = await self.host.activity(await self.access(server))
        except (NotYet, PermanentError) as error:
            log.info("use of the password unknown", server=server.id, reason=error.reason)
            return
        if activity.passwords is not None and server.owner in activity.passwords:
            await self.store.update(server.id, server.generation, password=None)

    async def farewell(self, server: Server) -> None:
        """End all shares of a deleted server."""
        shares, now = await self.shares.shares(server.id), self.clock.now()
        for share in shares:
            if share.ended_at is None:
                event = Event(now, ENGINE, "unshare", server.id, "ok", share.member)
                await self.shares.end_share(server.id, share.member, now, event)
        await self._part_with(server, shares)

    async def _part_with(self, server: Server, shares: Sequence[Share]) -> None:
        for share in shares:
            await self.cards.update_invitation(server, share)
            await self.shares.forget_share(server.id, share.member)


@dataclass(frozen=True)
class OwnerPasswords:
    """One-time passwords of owners: the first one, and each later one on request."""

    host: Host
    cards: CardMessages
    store: ServerStore
    clock: Clock
    policy: Policy
    access: Callable[[Server], Awaitable[HostAccess]]
    failed: FailedPeople

    def workflow(self) -> Workflow:
        """Return the workflow of a new one-time password."""
        step = Step("password", self.new_password, patience=3600)
        return Workflow(Job.PASSWORD, (step,), self.failed.of_password())

    async def hand_over(self, server: Server) -> None:
        """Send the one-time password's hash to the machine, and the clear text to the owner.

        If the DM fails, the whole step retries with another password: the clear text is never
        stored. An owner who has left gets no password, and one is due once an admin gives the
        server back.
        """
        now, is_open = self.clock.now(), server.closed_at is None
        ready = Event(now, ENGINE, "ready", server.id, "ok", server.name)
        current = await self.store.update(
            server.id,
            server.generation,
            None if server.status is Status.RUNNING else ready,
            status=Status.RUNNING,
            ready_at=server.ready_at or now,
            password=self._shown_password(now) if is_open else None,
        )
        if current is not None and is_open:
            await self._deliver(current)

    async def new_password(self, server: Server) -> None:
        """Send a new one-time password on a new card; the older card goes."""
        if not server.status.is_live:
            await self.cards.post_no_password(server)
        if not server.status.is_live or server.closed_at is not None:
            return
        if server.status is not Status.RUNNING:
            raise SupersededError
        now = self.clock.now()
        failure = server.failure
        current = await self.store.update(
            server.id,
            server.generation,
            password=self._shown_password(now),
            failure=None if failure and failure.job == Job.PASSWORD else failure,
        )
        if current is None:
            raise SupersededError
        await self._deliver(current)

    def _shown_password(self, now: datetime) -> CardPassword:
        return CardPassword(now + self.policy.password_ttl, shown_at=now)

    async def _deliver(self, server: Server) -> None:
        password = generate_password()
        latest = server.password or self._shown_password(self.clock.now())
        owner = Member(server.owner, server.owner_name)
        access = await self.access(server)
        await self.host.plant_password(access, owner, await planted(password), latest.expires_at)
        await self.cards.post_ready(server, password)
