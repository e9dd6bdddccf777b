"""What the bot posts about a server in chat: the contract."""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import UpdateEnd, UpdateReport
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server


class CardMessages(Protocol):
    """The messages about one server: its card in the owner's DM, and the invitations.

    A card is drawn from the server's row. `ServerStore.set_card` keeps the card's place in the row.
    All methods but `update_progress` raise `DeliveryError` if Slack did not take the message.
    """

    async def update_progress(self, server: Server) -> None:
        """Draw or redraw the card of a server that is creating.

        Near the chat's rate limit the drawing may be dropped or merged with a later one.
        """
        ...

    async def post_ready(self, server: Server, password: str) -> Delivery:
        """Hand over the server on a new card below everything else; the older card goes.

        The card has the URL and the one-time password, each alone in a code span, the expiry,
        what to do next, the price and buttons.
        """
        ...

    async def update_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        """Draw the row's status, its meaning and the possible actions on the card.

        No password is on the card. `as_new_message` posts a new card, and the older one goes.
        """
        ...

    async def redraw_older(self, server: Server) -> None:
        """Delete each older card that still looks like the newest."""
        ...

    async def notify_host_key_changed(self, server: Server) -> None:
        """Warn the owner not to trust the server, and ask every admin to look at the server.

        An attacker may stand between the server and the bot.
        """
        ...

    async def post_no_password(self, server: Server) -> None:
        """Post once that a requested password does not come, since the server has ended."""
        ...

    async def post_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        """Post that packages are being installed; with `place`, draw the ending there.

        `ending` is "" after success, else the installer's last lines.
        """
        ...

    async def end_packages(self, server: Server) -> None:
        """Take back a message that packages are being installed, since the server has ended."""
        ...

    async def post_update(self, server: Server, end: UpdateEnd) -> None:
        """Post to the owner how the update of the server has ended.

        In an admin's round (`Server.update_round`) the message is posted once, and after the
        owner's quiet hours.
        """
        ...

    async def post_update_report(self, admin: str, key: str, report: UpdateReport) -> None:
        """Post the report of the round `key` to its admin, once."""
        ...

    async def post_invitation(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        """Invite the share's member by a new DM, which has a URL and a one-time password.

        The DM says whose server it is, and that its users share files and kernels. An earlier
        invitation loses its password.
        """
        ...

    async def update_invitation(self, server: Server, share: Share) -> None:
        """Draw on the share's invitation that the access has ended, and why.

        If the invitation can't be changed any more, returns without error.
        """
        ...


class AdminAlerts(Protocol):
    """The messages about what only an admin can mend."""

    async def needs_admin(self, code: str, server: Server, reason: str) -> None:
        """Notify the admins, once for each server and code. `reason` is for people.

        Raises `DeliveryError` if Slack did not take the message of an admin.
        """
        ...
