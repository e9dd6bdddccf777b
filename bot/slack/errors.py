"""What Slack's refusals and silences mean for a delivery."""

import aiohttp
from slack_sdk.errors import SlackApiError

from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_

_RETRY_SECONDS = 5.0

MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The card was deleted or can't be edited any more: a new one takes its place."""

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
"""Answers to a token that trying again does not change."""

FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)


def error_code(error: BaseException) -> str:
    """Slack's word for it, or the kind of the exception. Never the request, whose text may
    hold a password."""
    if isinstance(error, SlackApiError):
        try:
            return str(error.response["error"])
        except (KeyError, TypeError):  # an answer that is none of Slack's, from a proxy, say
            return "unknown_error"
    return type(error).__name__


def as_delivery_error(error: BaseException) -> DeliveryError:
    """To be raised `from None`: the original carries the posted text."""
    retry_in = _RETRY_SECONDS
    if isinstance(error, SlackApiError):
        value = getattr(error.response, "headers", {}).get("Retry-After", "")
        retry_in = float(value) if value.isdigit() else _RETRY_SECONDS
    return DeliveryError(
        N_("Slack did not take the message ({error})", error=error_code(error)), retry_in
    )
