"""Forgetting a person: what the database has about them is removed or no longer names them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.ports.engine import Clock


class PersonalData(Protocol):
    """What the database has about people."""

    async def holdings(self, person: str) -> Sequence[str]:
        """Return the names of the servers that the person owns or may use, snapshots included."""
        ...

    async def forget_person(self, person: str, alias: str, event: Event) -> bool:
        """Remove the person's data, put `alias` where a number must stay, and record the event.

        One transaction. Returns whether there was anything.
        """
        ...


@dataclass(frozen=True)
class Forgetting:
    """The use case, for admins. `alias`es tell forgotten people apart in usage and audit."""

    data: PersonalData
    clock: Clock

    async def forget(self, actor: Member, person: str) -> str:
        """Forget a person; return the alias that stands for them in usage and audit.

        Raises:
            UserError: if the actor is no admin, the person has or uses servers, or is unknown.
        """
        if not actor.is_admin:
            raise UserError(_("Only admins of this bot can do that, so nothing was done."))
        held = await self.data.holdings(person)
        if held:
            raise UserError(
                _(
                    "<@{person}> still has or uses servers or snapshots: {names}. Delete them, or "
                    "give them to another member with `admin transfer`, then forget the person. "
                    "Nothing was done.",
                    person=person,
                    names=", ".join(f"`{name}`" for name in held),
                )
            )
        alias = f"forgotten-{secrets.token_hex(4)}"
        event = Event(self.clock.now(), actor.id, "forget", None, "ok", alias)
        if not await self.data.forget_person(person, alias, event):
            raise UserError(_("I know nothing about <@{person}>.", person=person))
        return alias
