"""The meaning of Slack's refusals and of failed requests for a delivery."""

import aiohttp
from slack_sdk.errors import SlackApiError

from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_

_RETRY_SECONDS = 5.0

MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Error codes of a card that was deleted or can no longer be edited; a new card replaces it."""

NEVER_DELETED = frozenset({"cant_delete_message", "compliance_exports_prevent_deletion"})
"""Error codes of a message that this workspace does not let the bot delete."""

FATAL = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "link_disabled",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Error codes of a refused token, for which a retry is useless."""

FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)


def error_code(error: BaseException) -> str:
    """Return Slack's error code, or the name of the exception's class.

    The request is left out: its text may hold a password.
    """
    if isinstance(error, SlackApiError):
        try:
            return str(error.response["error"])
        except (KeyError, TypeError):  # not an answer of Slack: of a proxy, for example
            return "unknown_error"
    return type(error).__name__


def as_delivery_error(error: BaseException) -> DeliveryError:
    """Return the failure as a `DeliveryError`. Raise it `from None`: `error` holds the text."""
    retry_in = _RETRY_SECONDS
    if isinstance(error, SlackApiError):
        value = getattr(error.response, "headers", {}).get("Retry-After", "")
        retry_in = float(value) if value.isdigit() else _RETRY_SECONDS
    return DeliveryError(
        N_("Slack did not take the message ({error})", error=error_code(error)), retry_in
    )
