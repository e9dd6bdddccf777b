"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server


class Notifier(Protocol):
    """What the owner is told, in one message ("card") a server, by DM.

    A card is drawn from the server's row; its place is kept in the row by `Store.set_card`.
    All methods raise `DeliveryError` if Slack did not take the message.
    """

    async def show_progress(self, server: Server) -> None:
        """Draw or redraw the card of a server that is being made. May be dropped or merged
        with a later one when the chat's rate limit is near: it never raises."""
        ...

    async def show_ready(
        self, server: Server, password: str, *, as_new_message: bool = False
    ) -> Delivery:
        """Hand over: URL and one-time password, each alone in a code span, when it
        expires, fingerprint, price, buttons. `as_new_message` posts it below everything
        else and takes the password off the older card."""
        ...

    async def show_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        """The card says what the row's status is, what that means and what can be done: being
        stopped, stopped, starting, running, failed, deleted. No password is on it.
        `as_new_message` as for `show_ready`."""
        ...

    async def warn_host_key_changed(self, server: Server) -> None:
        """Tell the owner not to trust the server, and every admin to look at it: somebody may
        stand between it and the bot."""
        ...

    async def show_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        """Tell the owner that packages are being installed, and with the `place` of that
        message how it ended: "" well, else the installer's last lines."""
        ...

    async def show_shared(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        """Invite the person of the share, by a new DM to them alone: URL and one-time password
        as in `show_ready`, whose server it is, and that they share its files and kernels. An
        earlier invitation loses its password."""
        ...

    async def show_share_ended(self, server: Server, share: Share) -> None:
        """The message of that share says that the person has no access by it any more, and
        why. Where it can't be changed any more, returns without error."""
        ...
