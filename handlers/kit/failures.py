"""What people read when something went wrong: the reason if they can do something about it,
a reference that the log has too if they can't."""

import secrets

import structlog

from handlers.kit.blocks import Message, escape_message, plain
from provisioning.core.errors import DeliveryError, NotYet, PermanentError, UserError
from provisioning.core.language import _, said

log = structlog.get_logger(__name__)


def failure_sentence(error: BaseException, **where: str) -> str:
    """The sentence for the person. `where` goes to the log, beside the reference."""
    match error:
        case UserError():
            return error.message
        case PermanentError():
            return said(error.reason)
        case NotYet() | DeliveryError():
            return _("That did not work yet: {reason}. Try again in a minute.", reason=error.reason)
    reference = secrets.token_hex(4)
    log.error("unexpected error", reference=reference, exc_info=error, **where)
    if "disk is full" in str(error).lower():
        return _(
            "My disk is full, so I could not write that down, and nothing was begun. Tell your "
            "admin (reference `{reference}`); what you have is safe. Try again afterwards.",
            reference=reference,
        )
    return _(
        "Something went wrong on our side, and I don't know whether it was done. Look at "
        "`list`, try again, and if it stays so give your admin the reference `{reference}`.",
        reference=reference,
    )


def refusal(sentence: str) -> Message:
    """What can't be done, as an error's message says it: words of people or of the cloud may
    be in it, and they are no markup."""
    return plain(escape_message(sentence))
