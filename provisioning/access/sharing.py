"""The use cases of sharing: the guests of a server, and a transfer to another owner.

Each use case is one transaction. The engine then updates the machine and notifies the members: at
once if the server runs, otherwise at its next start.
"""

from collections.abc import Sequence

from provisioning.access.rights import Right, Rights, ServerRef, has_just_changed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow, Load, listed_reasons, load_of_server
from provisioning.core.model.people import Member, Share
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import Job, Server, Status, state_word
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import OwnLimitStore, ShareStore

_NOT_SHAREABLE = (Status.DELETING, Status.DELETED, Status.FAILED)
_TRANSFERABLE = (Status.RUNNING, Status.STOPPED)


class Sharing:
    """Share, unshare and transfer servers, with the actor's rights checked."""

    def __init__(
        self,
        shares: ShareStore,
        limits: OwnLimitStore,
        rights: Rights,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._shares = shares
        self._limits = limits
        self._rights = rights
        self._work = work
        self._clock = clock
        self._policy = policy

    async def shares(self, actor: Member, ref: ServerRef) -> Sequence[Share]:
        """Return the current shares of a server, oldest first.

        Raises:
            UserError: if the actor is neither its owner nor a guest.
        """
        server = await self._rights.find(actor, ref, Right.SEE)
        return [each for each in await self._shares.shares(server.id) if each.ended_at is None]

    async def share(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """Let a guest use a server; the guest gets a one-time password by DM.

        Raises:
            UserError: if the actor is not the owner, the server is being deleted or has ended,
                or it is already shared with that person.
        """
        server = await self._rights.find(actor, ref, Right.SHARE)
        if person.id == actor.id:
            raise _yours_already(server)
        if server.status in _NOT_SHAREABLE:
            raise UserError(
                _(
                    "`{name}` can't be shared. Its state is: {state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        share = Share(server.id, person.id, person.name or person.id, self._clock.now())
        changed = await self._shares.add_share(share, self._event(actor, "share", server, person))
        if changed is None:
            raise UserError(
                _(
                    "`{name}` is already shared with <@{person}>. With `password {name}` they get "
                    "another one-time password.",
                    name=server.name,
                    person=person.id,
                )
            )
        return await self._begin(changed)

    async def unshare(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """End a guest's access to a server: password, sessions and open websockets.

        Raises:
            UserError: if the actor is not the owner, or the server is not shared with the person.
        """
        server = await self._rights.find(actor, ref, Right.SHARE)
        changed = await self._shares.end_share(
            server.id, person.id, self._clock.now(), self._event(actor, "unshare", server, person)
        )
        if changed is None:
            raise UserError(
                _(
                    "`{name}` is not shared with <@{person}>. `status {name}` lists the guests.",
                    name=server.name,
                    person=person.id,
                )
            )
        return await self._begin(changed)

    async def check_transfer(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """Return the server, if it could be transferred to that person now.

        Raises:
            UserError: if the actor is not the owner, the server's state does not allow it, or
                the server is beyond the person's limits.
        """
        server = await self._rights.find(actor, ref, Right.TRANSFER)
        if person.id == actor.id:
            raise _yours_already(server)
        if server.status not in _TRANSFERABLE:
            raise UserError(
                _(
                    "`{name}` can't be transferred now. Its state is: {state}. Try again when it "
                    "is running or stopped.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        allow = await self._allow(server, person)
        has = (await self._limits.load()).get(person.id, Load())
        allow(has + load_of_server(server), Load())
        return server

    async def _allow(self, server: Server, person: Member) -> Allow:
        """Return the check of that person's limits, for the transaction of the transfer."""
        own = await self._limits.own_limits_of(person.id)
        limits = self._policy.member_limits.with_own(own)

        def allow(theirs: Load, _everybodys: Load) -> None:
            reasons = limits.excesses(theirs, server)
            if reasons:
                raise UserError(
                    _(
                        "That is beyond the limits of <@{person}>: {reasons}. Ask them to delete a "
                        "server, or your admin for a higher limit.",
                        person=person.id,
                        reasons=listed_reasons(reasons),
                    )
                )

        return allow

    async def transfer(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """Give a server to another owner; the actor loses access.

        Raises:
            UserError: as `check_transfer` does.
        """
        server = await self.check_transfer(actor, ref, person)
        event = self._event(actor, "transfer", server, person)
        allow = await self._allow(server, person)
        changed = await self._shares.transfer(server, person, self._clock.now(), event, allow)
        if changed is None:  # a second click was faster
            raise has_just_changed(server)
        return await self._begin(changed)

    async def want_password(self, actor: Member, server: Server, request_key: str) -> Server:
        """Begin to send a guest a new one-time password, or the first one if it is still due."""
        event = self._event(actor, "password", server, actor)
        changed = await self._shares.want_password(server.id, actor.id, event) or server
        await self._work.begin(Job.PEOPLE, changed, request_key)
        return changed

    async def _begin(self, server: Server) -> Server:
        await self._work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")
        return server

    def _event(self, actor: Member, action: str, server: Server, person: Member) -> Event:
        detail = f"{server.name} {person.id}"
        return Event(self._clock.now(), actor.id, action, server.id, "accepted", detail)


def _yours_already(server: Server) -> UserError:
    return UserError(_("`{name}` is yours already. Choose another person.", name=server.name))
