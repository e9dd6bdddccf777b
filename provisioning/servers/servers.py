"""The use cases: what a person may ask for, checked here whatever the button said.

Each one authorises, decides, writes one transaction (the server's row and its audit
event) and hands the work to the engine. Another person's server is answered as if it
did not exist. Nothing in here waits for a cloud.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from provisioning.access.rights import Right, Rights, ServerId, ServerRef
from provisioning.access.sharing import Sharing
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import (
    Job,
    Server,
    Snapshot,
    Status,
    has_just_changed,
    state_word,
)
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import AuditTrail, ServerStore, ShareStore
from provisioning.servers.choices import choose_state
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
    """List, start, stop, restart and delete servers, and send passwords, for those who may."""

    def __init__(
        self,
        store: ServerStore,
        shares: ShareStore,
        audit: AuditTrail,
        rights: Rights,
        undo: Undo,
        sharing: Sharing,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._shares = shares
        self._audit = audit
        self._rights = rights
        self._undo = undo
        self._sharing = sharing
        self._work = work
        self._clock = clock
        self._policy = policy

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
            *await self._shares.shared_with(actor.id),
            *await self._undo.possible(actor),
        ]
        return [server for server in found if wanted in (None, server.status)]

    async def check_delete(self, actor: Member, ref: ServerRef) -> Server:
        """Return the server, if the actor could delete it now.

        Raises:
            UserError: as `delete`.
        """
        server = await self._rights.find(actor, ref, Right.DELETE)
        DELETE.check(server)
        return server

    async def delete(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to remove a server, also in the middle of its creation.

        Raises:
            UserError: if it isn't the person's, or is being deleted or gone already.
        """
        return await self._change(actor, ref, DELETE, snapshot=None)

    @property
    def copies_kept(self) -> timedelta:
        """For how long a deletion may keep a copy; 0: it may not."""
        return self._policy.copies_kept

    async def delete_with_copy(self, actor: Member, ref: ServerRef) -> Server:
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
            ref,
            DELETE_WITH_COPY,
            snapshot=Snapshot(secrets.token_hex(4), self._clock.now() + self._policy.copies_kept),
        )

    async def stop(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to deallocate a running server; its disk and notebooks stay.

        Raises:
            UserError: if it isn't the person's or doesn't run.
        """
        return await self._change(actor, ref, STOP)

    async def start(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to start a stopped server.

        Raises:
            UserError: if it isn't the person's or isn't stopped.
        """
        return await self._change(actor, ref, START)

    async def restart(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to boot a running server again.

        Raises:
            UserError: if it isn't the person's or doesn't run.
        """
        return await self._change(actor, ref, RESTART)

    async def _change(
        self, actor: Member, ref: ServerRef, wish: Transition, **changes: object
    ) -> Server:
        right = Right.DELETE if wish.to is Status.DELETING else Right(wish.job)
        server = await self._rights.find(actor, ref, right)
        wish.check(server)
        transitions = Transitions(self._store, self._work, self._clock)
        changed = await transitions.begin(server, wish, actor.id, **changes)
        if changed is None:  # a second click was faster
            wish.check(await self._rights.find(actor, ServerId(server.id), right))
            raise has_just_changed(server)
        return changed

    async def reset_password(self, actor: Member, ref: ServerRef, request_key: str) -> Server:
        """Begin to send a new one-time password, in place of any earlier one; once for each
        `request_key` (the Slack trigger).

        Raises:
            UserError: if there is no such server or it is not ready.
        """
        server = await self._rights.find(actor, ref, Right.HAVE_PASSWORD)
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
            return await self._sharing.want_password(actor, server, request_key)
        now = self._clock.now()
        await self._audit.record(Event(now, actor.id, "password", server.id, "accepted"))
        await self._work.begin(Job.PASSWORD, server, request_key)
        return server
