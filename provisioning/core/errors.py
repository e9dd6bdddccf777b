"""The kinds of failure that every layer knows.

`UserError` is shown to the member as it is. `NotYet` means: try again. `PermanentError` means:
give up, clean up and say why. `DeliveryError` means that Slack did not take a message.
`DatabaseDownError` means that the database does not answer. The code raises nothing else on
purpose.
"""

from collections.abc import Iterator
from contextlib import contextmanager

REFUSALS_OF_A_SIZE = frozenset(
    {
        "SkuNotAvailable",
        "QuotaExceeded",
        "AllocationFailed",
        "ZonalAllocationFailed",
        "OverconstrainedAllocationRequest",
        "OverconstrainedZonalAllocationRequest",
    }
)
"""Codes of a `PermanentError` after which another size may work."""

REFUSALS_OF_A_REGION = REFUSALS_OF_A_SIZE | {
    "PublicIPCountLimitReached",
    "IPv4StandardSkuPublicIpCountLimitReached",
    "DnsRecordInUse",
    "PlatformImageNotFound",
}
"""Codes of a `PermanentError` after which another region may work."""

NEEDS_ADMIN = frozenset(
    {
        "AuthorizationFailed",
        "Certificate",
        "MissingSubscriptionRegistration",
        "ReadOnlyDisabledSubscription",
        "RegionNotAvailable",
        "RequestDisallowedByPolicy",
        "ResourceGroupNotFound",
        "ScopeLocked",
        "SecretExpired",
        "SignInRefused",
        "SubscriptionNotFound",
        "TokenRefused",
    }
)
"""Codes of a `PermanentError` that only an admin can mend; such an error has a `remedy`."""

UPDATE_FAILED = "UpdateFailed"
"""The code of a newer JupyterLab that does not start on a machine, which keeps the former one."""
OF_ALL_SERVERS = NEEDS_ADMIN - {"ScopeLocked"}
"""Codes of `NEEDS_ADMIN` that concern the installation, and not one server."""


class UserError(Exception):
    """A request that can't be met as it is.

    The message says what happened, what it means and what to do next. The member reads it
    unchanged, so it has no secret and no internal id. `field` is the wrong word of the request
    ("name", "size"), or "" for none in particular; a form shows the message at that field.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@contextmanager
def concerning(field: str) -> Iterator[None]:
    """Set the field of a `UserError` that the block raises, unless the error has one."""
    try:
        yield
    except UserError as error:
        error.field = error.field or field
        raise


class NotYet(Exception):  # noqa: N818 - to a member it is no error
    """A state that is not reached yet: try again after `retry_in` seconds.

    `reason` is for the progress message and the log ("waiting for SSH"). `is_asked`: the other side
    asked for that wait, and an earlier retry would be refused.
    """

    def __init__(self, reason: str, retry_in: float = 1.0, *, is_asked: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in
        self.is_asked = is_asked


HOST_KEY_CHANGED = "HostKeyChanged"
"""The code for a machine with an unexpected SSH host key. Owner and admins hear at once."""
DISK_FULL = "DiskFull"
"""The code of a machine whose disk is full, so that its members must delete files or enlarge it."""


class PermanentError(Exception):
    """A failure that a retry does not mend.

    `code` is a stable word for tables and metrics ("SkuNotAvailable"); `reason` is one
    or two sentences for the owner: what happened and what to do next. `remedy` is for an admin, and
    may name settings: what mends a failure whose code is in `NEEDS_ADMIN`; "" for any other.
    """

    def __init__(self, reason: str, code: str = "failed", remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.remedy = remedy

    @property
    def for_admins(self) -> str:
        """The reason and the remedy, for the person who runs the bot."""
        return f"{self.reason} {self.remedy}".rstrip()


class DeliveryError(Exception):
    """A message that Slack did not take; it can be sent again after `retry_in` seconds."""

    def __init__(self, reason: str, retry_in: float = 5.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in


class DatabaseDownError(Exception):
    """A database that has not answered for a while, although each transaction was retried.

    `is_undone` is False if the connection was lost during a commit, and the database has not yet
    said whether the transaction happened.
    """

    def __init__(self, *, is_undone: bool) -> None:
        super().__init__("the database does not answer")
        self.is_undone = is_undone
