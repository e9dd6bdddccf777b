"""Slack's events about members who leave: a changed account, a changed group."""

from typing import Any

from handlers.kit.deliveries import Recent
from handlers.kit.toolkit import Toolkit
from provisioning.admin.leavers import Leavers


class Departures:
    """The listeners of `user_change` and of the user groups' events."""

    def __init__(self, leavers: Leavers, kit: Toolkit) -> None:
        self._leavers = leavers
        self._kit = kit
        self._seen: Recent[None] = Recent()

    async def user_changed(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """End a deactivated member's access. Any change of a profile sends this event."""
        user = event["user"]
        if self._seen.is_new(body["event_id"], None):
            changed = self._leavers.changed(user["id"], is_deactivated=bool(user.get("deleted")))
            self._kit.tasks.spawn(changed, "leaver")

    async def group_changed(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """Check everyone with access again, since the members of a user group have changed."""
        if self._seen.is_new(body["event_id"], None):
            self._kit.access.groups_changed()
            self._kit.tasks.spawn(self._leavers.tick(), "leavers")
