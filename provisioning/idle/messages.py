"""The contract of the cleanup's messages to owners and admins."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server
from provisioning.idle.watch import Watch


@dataclass(frozen=True)
class Rescued:
    """The notebooks of a server that is deleted, as a ZIP file; b"" if it has none of them.

    `pages` is the number of notebooks as HTML. `as_they_are` are the paths of notebooks that can't
    be made into pages, so that the ZIP has their files. `left_out` are those that are too large or
    could not be read.
    """

    archive: bytes = field(repr=False)
    pages: int = 0
    as_they_are: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


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

    async def post_notebooks(self, server: Server, found: Rescued) -> None:
        """Post the notebooks of a server that is deleted now, and name those that are missing."""
        ...

    async def post_unread(self, server: Server, reason: str) -> None:
        """Post why the notebooks of a server that is deleted now could not be read."""
        ...

    async def post_end(self, server: Server, watch: Watch) -> None:
        """Post once why the server was stopped, what that saves, and a button to start it."""
        ...

    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        """Notify the admins that a server can't be probed, since when and why.

        The message waits for the end of each admin's quiet hours.
        """
        ...
