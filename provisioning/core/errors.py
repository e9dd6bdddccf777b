"""The three ways in which something can fail, as every layer above sees them.

`UserError` is shown to the person as it is. `NotYet` means try again. `PermanentError`
means give up, clean up and say why. Nothing else is raised on purpose.
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
"""Those after which another region may work: what they are about is counted by region."""


class UserError(Exception):
    """That can't be done as asked.

    The message says what happened, what it means and what to do next, in words that
    are shown to the person unchanged. Never put a secret or an internal id into it.
    `field` is the word that was wrong ("name", "size"), "" where it is none in particular:
    a form shows the message there.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@contextmanager
def concerning(field: str) -> Iterator[None]:
    """A `UserError` raised inside is about that field."""
    try:
        yield
    except UserError as error:
        error.field = error.field or field
        raise


class NotYet(Exception):  # noqa: N818 - the field's word for it; it is no error to a person
    """It is not so yet: try again after `retry_in` seconds.

    `reason` is for the progress message and the log ("waiting for SSH").
    """

    def __init__(self, reason: str, retry_in: float = 1.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in


HOST_KEY_CHANGED = "HostKeyChanged"
"""The code of a machine that shows another SSH key than it should: people are told at once."""


class PermanentError(Exception):
    """It will not work by trying again.

    `code` is a stable word for tables and metrics ("SkuNotAvailable"); `reason` is one
    or two sentences for the owner: what happened and what to do next.
    """

    def __init__(self, reason: str, code: str = "failed") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class DeliveryError(Exception):
    """Slack did not take the message; it can be sent again after `retry_in` seconds."""

    def __init__(self, reason: str, retry_in: float = 5.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in
