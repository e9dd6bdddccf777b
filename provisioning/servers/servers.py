"""The use cases: what a person may ask for, checked here whatever the button said.

Each one authorises, decides, writes one transaction (the server's row and its audit
event) and hands the work to the engine. Another person's server is answered as if it
did not exist. Nothing in here waits for a cloud.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from provisioning.access.rights import Right, Rights
from provisioning.access.sharing import Sharing
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import (
    Job,
    Server,
    Snapshot,
    Status,
    has_just_changed,
    state_word,
)
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import Store
from provisioning.limits.approval import Approval, ApprovalStore
from provisioning.servers.choices import choose_state
from provisioning.servers.create import Choice, Creation, Creations
from provisioning.servers.resize import Changes
from provisioning.servers.transitions import (
    DELETE,
    DELETE_WITH_COPY,
    RESTART,
    START,
    STOP,
    Transition,
    Transitions,
)
from provisioning.servers.undo import Undo

FAILED_STAY_LISTED = timedelta(days=1)

_PASSWORD_HINTS = {
    Status.CREATING: N_("You get the first one by DM as soon as it is ready."),
    Status.STOPPING: N_("Start it again when it has stopped, then ask once more."),
    Status.STOPPED: N_("Start it first, then ask again; your own password is still valid then."),
    Status.STARTING: N_("Ask again in a minute, when it runs."),
    Status.RESTARTING: N_("Ask again in a minute, when it runs."),
    Status.RESIZING: N_("Ask again in a minute, when it runs."),
    Status.RESTORING: N_("Ask again in a minute, when it runs."),
}


class Servers:
    """Create, list, stop, start, delete and hand out passwords, for whoever may."""

    def __init__(
        self,
        store: Store,
        approvals: ApprovalStore,
        cloud: Cloud,
        prices: Prices,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._work = work
        self._clock = clock
        self.creations = Creations(store, approvals, cloud, prices, work, clock, policy)
        self._rights = Rights(store)
        self._policy = policy
        self.changes = Changes(store, cloud, prices, self._rights, work, clock, policy)
        self.undo = Undo(store, work, clock, policy)
        self.sharing = Sharing(store, self._rights, work, clock, policy)

    async def create(self, request: CreateRequest) -> Creation | Approval:
        """See `Creations.create`."""
        return await self.creations.create(request)

    async def create_again(
        self, actor: Member, server_id: str, region: str | None = None
    ) -> Creation | Approval:
        """The same wish as that of a server that failed, in its region or in that one; once
        however often it is asked for, and wherever.

        Raises:
            UserError: if it isn't the person's or did not fail; and as `create`.
        """
        failed = await self._rights.by_id(actor, server_id, Right.MAKE_AGAIN)
        if failed.status is not Status.FAILED:
            raise UserError(
                _("`{name}` was made after all. `status {name}` shows it.", name=failed.name)
            )
        shares = [each for each in await self._store.shares(failed.id) if each.ended_at is None]
        return await self.creations.create(
            CreateRequest(
                actor=actor,
                platform=failed.platform,
                name=failed.name,
                size=failed.size,
                request_key=f"again-{failed.id}",
                release=failed.release or None,
                region=region or failed.region,
                keep=timedelta(seconds=failed.keep_seconds) or None,
                packages=failed.packages,
                repository=failed.repository,
                shares=tuple(Member(each.member, each.member_name) for each in shares),
            )
        )

    @property
    def regions(self) -> Sequence[str]:
        """Those in which servers may be made, the usual one first."""
        return self._policy.regions

    async def choice(self, member: str, platform: str, region: str) -> Choice:
        """See `Creations.choice`."""
        return await self.creations.choice(member, platform, region)

    async def list(self, actor: Member, status: str | None = None) -> Sequence[Server]:
        """The person's servers, oldest first, then those shared with them; failed ones stay in
        it for a day, and deleted ones as long as that can be undone. `status` is a
        word to filter by.

        Raises:
            UserError: if there is no such state.
        """
        wanted = choose_state(status)
        since = self._clock.now() - FAILED_STAY_LISTED
        found = [
            *await self._store.list_servers(actor.id, failed_since=since),
            *await self._store.shared_with(actor.id),
            *await self.undo.possible(actor),
        ]
        return [server for server in found if wanted in (None, server.status)]

    async def status(self, actor: Member, name: str) -> Server:
        """One server of the person's, also one that failed.

        Raises:
            UserError: if there is none of that name that the person may see.
        """
        return await self._rights.by_name(actor, name, Right.SEE)

    async def get(self, actor: Member, server_id: str, right: Right = Right.SEE) -> Server:
        """As `status`, for a button, and for who wants to do something with it.

        Raises:
            UserError: if the person may not see it, or may not do that.
        """
        return await self._rights.by_id(actor, server_id, right)

    async def find_for_delete(self, actor: Member, name: str) -> Server:
        """The server that the person is about to delete.

        Raises:
            UserError: if there is none, or it is being deleted.
        """
        server = await self._rights.by_name(actor, name, Right.DELETE)
        DELETE.check(server)
        return server

    async def delete(self, actor: Member, server_id: str) -> Server:
        """Begin to remove a server, also in the middle of its creation.

        Raises:
            UserError: if it isn't the person's, or is being deleted or gone already.
        """
        return await self._change(actor, server_id, DELETE, snapshot=None)

    @property
    def copies_kept(self) -> timedelta:
        """For how long a deletion may keep a copy; 0: it may not."""
        return self._policy.copies_kept

    async def delete_with_copy(self, actor: Member, server_id: str) -> Server:
        """As `delete`, with a copy of its disk kept, so that it can be undone for a while.

        Raises:
            UserError: as `delete`; if it is still being made, or copies aren't kept here.
        """
        if not self._policy.copies_kept:
            raise UserError(
                _(
                    "Copies of deleted servers are not kept here, so nothing was done. `delete` "
                    "removes it for good."
                )
            )
        return await self._change(
            actor,
            server_id,
            DELETE_WITH_COPY,
            snapshot=Snapshot(secrets.token_hex(4), self._clock.now() + self._policy.copies_kept),
        )

    async def stop(self, actor: Member, server_id: str) -> Server:
        """Begin to deallocate a running server; its disk and notebooks stay.

        Raises:
            UserError: if it isn't the person's or doesn't run.
        """
        return await self._change(actor, server_id, STOP)

    async def start(self, actor: Member, server_id: str) -> Server:
        """Begin to start a stopped server.

        Raises:
            UserError: if it isn't the person's or isn't stopped.
        """
        return await self._change(actor, server_id, START)

    async def restart(self, actor: Member, server_id: str) -> Server:
        """Begin to boot a running server again.

        Raises:
            UserError: if it isn't the person's or doesn't run.
        """
        return await self._change(actor, server_id, RESTART)

    async def _change(
        self, actor: Member, server_id: str, wish: Transition, **changes: object
    ) -> Server:
        right = Right.DELETE if wish.to is Status.DELETING else Right(wish.job)
        server = await self._rights.by_id(actor, server_id, right)
        wish.check(server)
        transitions = Transitions(self._store, self._work, self._clock)
        changed = await transitions.begin(server, wish, actor.id, **changes)
        if changed is None:  # a second click was faster
            wish.check(await self._rights.by_id(actor, server_id, right))
            raise has_just_changed(server)
        return changed

    async def reset_password(self, actor: Member, name: str, request_key: str) -> Server:
        """Begin to send a new one-time password, in place of any earlier one; once for each
        `request_key` (the Slack trigger).

        Raises:
            UserError: if there is no such server or it is not ready.
        """
        server = await self._rights.by_name(actor, name, Right.HAVE_PASSWORD)
        return await self._reset_password(actor, server, request_key)

    async def reset_password_by_id(self, actor: Member, server_id: str, request_key: str) -> Server:
        """As `reset_password`, for a button."""
        server = await self._rights.by_id(actor, server_id, Right.HAVE_PASSWORD)
        return await self._reset_password(actor, server, request_key)

    async def _reset_password(self, actor: Member, server: Server, request_key: str) -> Server:
        if server.status is not Status.RUNNING:
            raise UserError(
                _(
                    "`{name}` has no password to replace: it is {state}. {hint}",
                    name=server.name,
                    state=state_word(server.status),
                    hint=_PASSWORD_HINTS.get(server.status, N_("Make a new server with `create`.")),
                )
            )
        if server.owner != actor.id:
            return await self.sharing.want_password(actor, server, request_key)
        now = self._clock.now()
        await self._store.record(Event(now, actor.id, "password", server.id, "accepted"))
        await self._work.begin(Job.PASSWORD, server, request_key)
        return server
