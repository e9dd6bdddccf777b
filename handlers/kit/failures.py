"""The text of an answer to a request that failed.

It is the reason if the member can do something about it, else a reference that is also in the log.
"""

import secrets

import structlog

from handlers.kit.blocks import Message, escape_message, plain, without_mentions
from provisioning.core.errors import (
    DatabaseDownError,
    DeliveryError,
    NotYet,
    PermanentError,
    UserError,
)
from provisioning.core.language import _, said

log = structlog.get_logger(__name__)


def failure_sentence(error: BaseException, *, to_admin: bool = False, **where: str) -> str:
    """Return the sentence that the member reads; an admin reads the remedy too.

    `where` goes to the log with the reference.
    """
    match error:
        case UserError():
            return error.message
        case PermanentError():
            remedy = f" {said(error.remedy)}" if to_admin and error.remedy else ""
            return without_mentions(f"{said(error.reason)}{remedy}")
        case NotYet() | DeliveryError():
            return _(
                "That could not be done yet: {reason}. Try again in a minute.",
                reason=without_mentions(said(error.reason)),
            )
        case DatabaseDownError(is_undone=True):
            return _(
                "My database does not answer, so I could not save your request and have started "
                "nothing. Your servers are safe. Try again in a minute."
            )
    reference = secrets.token_hex(4)
    log.error("unexpected error", reference=reference, exc_info=error, **where)
    if "disk is full" in str(error).lower():
        return _(
            "My disk is full, so I could not save your request and have started nothing. Your "
            "servers are safe. Tell your admin (reference `{reference}`), then try again.",
            reference=reference,
        )
    return _(
        "Something went wrong on our side, and I don't know whether your request was carried "
        "out. Check `list` and try again. If it fails again, give your admin the reference "
        "`{reference}`.",
        reference=reference,
    )


def refusal(sentence: str) -> Message:
    """Return an error's sentence as a message. Texts of people or of Azure in it are no markup."""
    return plain(escape_message(sentence))
