"""What is kept about each server for the scheduled cleanup, and the contracts of those who
keep it and tell people. Like `provisioning.core.ports.cloud`: contracts alone, no I/O."""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server
from provisioning.idle.watch import Watch


class Teller(Protocol):
    """Who tells people what the cleanup does. Raises `DeliveryError` if Slack did not take it."""

    async def show_notice(self, server: Server, watch: Watch) -> Delivery:
        """The warning with its evidence and buttons: once for each deadline, also if asked
        again after a crash."""
        ...

    async def redraw_notice(self, server: Server, watch: Watch) -> None:
        """Edit the warning where it is to what now holds: kept until, over, stopped."""
        ...

    async def show_output(self, server: Server, output: LastOutput) -> None:
        """What its notebook shows last, before it is stopped as its owner asked: the text once,
        its picture as a file."""
        ...

    async def show_notebooks(self, server: Server, archive: bytes, count: int) -> None:
        """The notebooks of a server that is deleted now, as a ZIP file of HTML pages."""
        ...

    async def show_end(self, server: Server, watch: Watch) -> None:
        """Why it was stopped, what that saves, and a button to start it; once."""
        ...

    async def tell_unseen(self, server: Server, since: datetime, why: str) -> None:
        """To the admins: nobody can see what that server does, since when and why."""
        ...
