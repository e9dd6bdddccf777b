"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """One line of the audit trail: who asked what of which server, when, and the result."""

    at: datetime
    actor: str
    action: str
    server_id: str | None
    result: str
    detail: str = ""


RECONCILE = "reconcile"
"""The actor of what the cloud had done already."""


ENGINE = "engine"
"""The actor of audit events that no person asked for directly."""


CLEANUP = "cleanup"
"""The actor of what nobody asked for."""
