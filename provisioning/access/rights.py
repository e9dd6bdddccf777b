"""The rights of members on servers; no other module decides them.

The owner has all rights; an owner who has left and come back only sees and stops a server until
an admin gives it back. A guest may see the server, get a password of their own and export its
notebooks, which guests can read on the server anyway. To all other members the server does not
exist.
"""

import difflib
from dataclasses import dataclass
from enum import StrEnum

from provisioning.access.maintenance import Maintenance
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.store import ServerStore, ShareStore


@dataclass(frozen=True)
class ServerId:
    """The id of a server, as a button carries it."""

    value: str


ServerRef = str | ServerId
"""A member's reference to a server: its name as typed, or a button with its id."""


class Right(StrEnum):
    """A thing that a member may do with a server."""

    SEE = "see"
    HAVE_PASSWORD = "have_password"  # noqa: S105 - words, not a password
    STOP = "stop"
    START = "start"
    RESTART = "restart"
    REPAIR = "repair"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"
    RENAME = "rename"
    RESIZE = "resize"
    MAKE_AGAIN = "make_again"
    CHANGE_PACKAGES = "change_packages"
    SET_HOURS = "set_hours"
    READ_LOGS = "read_logs"
    EXPORT = "export"
    SHARE = "share"
    TRANSFER = "transfer"


_VERBS = {
    Right.SEE: N_("see"),
    Right.HAVE_PASSWORD: N_("get a password for"),
    Right.STOP: N_("stop"),
    Right.START: N_("start"),
    Right.RESTART: N_("restart"),
    Right.REPAIR: N_("repair"),
    Right.UPDATE: N_("update"),
    Right.DELETE: N_("delete"),
    Right.KEEP: N_("keep"),
    Right.RENAME: N_("rename"),
    Right.RESIZE: N_("resize"),
    Right.MAKE_AGAIN: N_("retry the creation of"),
    Right.CHANGE_PACKAGES: N_("change the packages of"),
    Right.SET_HOURS: N_("set the hours of"),
    Right.READ_LOGS: N_("read the logs of"),
    Right.EXPORT: N_("export notebooks from"),
    Right.SHARE: N_("share"),
    Right.TRANSFER: N_("transfer"),
}

_GUEST_RIGHTS = frozenset({Right.SEE, Right.HAVE_PASSWORD, Right.EXPORT})
_RIGHTS_OF_A_CLOSED_SERVER = frozenset({Right.SEE, Right.STOP})
"""The owner's rights on a server that was closed because the owner had left."""
_NEW_WORK = frozenset(
    {
        Right.START,
        Right.RESTART,
        Right.REPAIR,
        Right.UPDATE,
        Right.RESIZE,
        Right.MAKE_AGAIN,
        Right.CHANGE_PACKAGES,
        Right.EXPORT,
    }
)
"""Rights to what begins new work on a machine or in the cloud."""


class Rights:
    """Find a server for a member, and check the right that an action needs."""

    def __init__(
        self, store: ServerStore, shares: ShareStore, maintenance: Maintenance | None = None
    ) -> None:
        self._store = store
        self._shares = shares
        self._maintenance = maintenance

    async def require_open(self) -> None:
        """Refuse new work while the bot is in maintenance, with `UserError`."""
        if self._maintenance is not None:
            await self._maintenance.require_open()

    async def find(self, actor: Member, ref: ServerRef, right: Right = Right.SEE) -> Server:
        """Return the server, failed ones included; by id, deleted ones as well.

        Raises:
            UserError: if the actor may see no such server, lacks the right, or asks for new work
                during maintenance.
        """
        if right in _NEW_WORK:
            await self.require_open()
        if isinstance(ref, ServerId):
            return await self._by_id(actor, ref.value, right)
        return await self._by_name(actor, ref, right)

    async def _by_name(self, actor: Member, name: str, right: Right) -> Server:
        server = await self._store.find(name.strip().lower())
        if server is not None and (server.status is not Status.DELETED or server.has_leftovers):
            permitted = await self._permitted(actor, server, right)
            if permitted is not None:
                return permitted
        raise await self._no_such(actor, name)

    async def _by_id(self, actor: Member, server_id: str, right: Right) -> Server:
        server = await self._store.get(server_id)
        permitted = server and await self._permitted(actor, server, right)
        if permitted is None:
            raise UserError(_("That server does not exist. `list` shows yours."))
        return permitted

    async def _permitted(self, actor: Member, server: Server, right: Right) -> Server | None:
        """Return the server, or None if it does not exist for the actor."""
        if server.owner == actor.id:
            if server.closed_at is not None and right not in _RIGHTS_OF_A_CLOSED_SERVER:
                raise is_closed(server)
            return server
        shares = await self._shares.shares(server.id)
        if not any(share.member == actor.id and share.ended_at is None for share in shares):
            return None
        if right not in _GUEST_RIGHTS:
            raise UserError(
                _(
                    "`{name}` belongs to <@{owner}> and is shared with you. Only its owner can "
                    "{do} it, so ask <@{owner}>.",
                    name=server.name,
                    owner=server.owner,
                    do=_VERBS[right],
                )
            )
        return server

    async def _no_such(self, actor: Member, name: str) -> UserError:
        seen = (
            *await self._store.list_servers(actor.id),
            *await self._shares.shared_with(actor.id),
        )
        near = difflib.get_close_matches(name.strip().lower(), [each.name for each in seen], n=1)
        if near:
            text = _(
                "You have no server named `{name}`. Did you mean `{near}`?",
                name=shortened(name),
                near=near[0],
            )
        else:
            text = _("You have no server named `{name}`. `list` shows yours.", name=shortened(name))
        return UserError(text)


def require_admin(actor: Member) -> None:
    """Refuse an actor who is not an admin, with `UserError`."""
    if not actor.is_admin:
        raise UserError(_("Only admins of this bot can do that, so nothing was done."))


def is_closed(server: Server) -> UserError:
    """Return the refusal for an owner who has left and come back."""
    return UserError(
        _(
            "`{name}` is closed to you since you left this workspace or the group that may use "
            "notebook servers. Its files are kept. Ask an admin to give it back to you.",
            name=server.name,
        )
    )


def has_just_changed(server: Server) -> UserError:
    """Return the refusal for a request that came a moment after another change."""
    return UserError(_("`{name}` has just changed. See `list`, and try again.", name=server.name))
