"""The contract of the cleanup's messages to owners and admins."""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server
from provisioning.idle.watch import Watch


class CleanupMessages(Protocol):
    """The cleanup's messages. All methods raise `DeliveryError` if Slack did not take one.

    The caller asks for the owner's quiet hours first (`Quiet.hold_notices`).
    """

    async def post_warning(self, server: Server, watch: Watch) -> Delivery:
        """Post the warning with its evidence and buttons, once for each deadline.

        A second call, after a crash, finds the message of the first one.
        """
        ...

    async def update_warning(self, server: Server, watch: Watch) -> None:
        """Edit the warning to what holds now: kept until a time, over, or stopped."""
        ...

    async def post_output(self, server: Server, output: LastOutput) -> None:
        """Post what the notebook shows last, before the stop that its owner asked for.

        The text is posted once; the picture follows as a file.
        """
        ...

    async def post_notebooks(self, server: Server, archive: bytes, count: int) -> None:
        """Post the notebooks of a server that is deleted now, as a ZIP file of HTML pages."""
        ...

    async def post_end(self, server: Server, watch: Watch) -> None:
        """Post once why the server was stopped, what that saves, and a button to start it."""
        ...

    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        """Notify the admins that a server can't be probed, since when and why.

        The message waits for the end of each admin's quiet hours.
        """
        ...
