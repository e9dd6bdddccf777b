"""From the SDK's exceptions to the core's three kinds, by the tables of Azure's codes.

The code decides before the status does, for reads, writes and deletions alike. A response's body is
never shown, only the parts that the tables' sentences name. No I/O.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from provisioning.adapters.azure.codes import (
    BUSY,
    HICCUP,
    IN_USE,
    MEANINGS,
    NO_TRUSTED_LAUNCH,
    QUOTA_FULL,
    THROTTLED,
)
from provisioning.adapters.azure.details import details_of
from provisioning.adapters.azure.meanings import CONSTANTS, UNREADABLE, Kind, Meaning, permanent
from provisioning.adapters.azure.pacing import TOO_MANY
from provisioning.adapters.azure.setup_codes import (
    CERTIFICATE,
    EXPIRED_SECRET,
    FORBIDDEN,
    OTHER_TENANT,
    TOKEN_REFUSED,
    TRANSIENT_SIGN_IN,
    sign_in_remedy,
)
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_, Text

MAX_RETRY_SECONDS = 30.0
"""Longest wait before a retry: a longer Retry-After is cut to this, unless Azure throttles."""

NO_CODE = "Http"
"""Prefix of the code of an answer that has no error of Azure Resource Manager: `Http404`."""

_WITH_QUOTA = frozenset({"OperationNotAllowed", "QuotaExceeded"})
_BUSY_WORDS = re.compile(
    r"marked for deletion|being (?:deleted|created|updated|modified)|in progress|"
    r"another operation|concurrent request|is updating|try again later|retry later",
    re.IGNORECASE,
)
_HELD_WORDS = re.compile(r"is attached to", re.IGNORECASE)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AzureFailure:
    """A failed request in Azure's words: code, message, HTTP status, seconds of Retry-After.

    `info` is the policy's part of a refusal by policy.
    """

    code: str
    message: str
    status: int | None = None
    retry_after: float | None = None
    info: Mapping[str, Any] = field(default_factory=dict)


_UNKNOWN = permanent(
    N_(
        "Azure refused to {operation} ({code}). Try again later; if that repeats, tell an "
        "admin this code."
    )
)
_BY_STATUS = {401: TOKEN_REFUSED, 408: HICCUP, 429: THROTTLED}
_WITHOUT_CODE = {200: UNREADABLE, 404: UNREADABLE, 409: BUSY, 412: BUSY}
"""By status, the row of an answer without an error of Azure's: it decides nothing."""


def meaning_of(failure: AzureFailure) -> Meaning:
    """Return the table's row, or a row by the status and the message if the code is unknown."""
    status = failure.status or 0
    if meaning := _by_words(failure) or MEANINGS.get(failure.code):
        # Compute throttles with a code that it has for refusals too.
        is_refusal = meaning.kind is not Kind.NOT_YET
        return THROTTLED if status == TOO_MANY and is_refusal else meaning
    if failure.code.startswith(NO_CODE) and status in _WITHOUT_CODE:
        return _WITHOUT_CODE[status]
    if status == 403 and "does not have authorization" in failure.message:
        return FORBIDDEN
    if status == 409 and _BUSY_WORDS.search(failure.message):
        return BUSY
    return _BY_STATUS.get(status, HICCUP if status >= 500 else _UNKNOWN)


def _by_words(failure: AzureFailure) -> Meaning | None:
    """Return the row of a code that Azure uses for many refusals, by the words of its message."""
    if failure.code in _WITH_QUOTA and "quota" in failure.message.lower():
        return QUOTA_FULL
    if failure.code == "BadRequest" and "TrustedLaunch" in failure.message:
        return NO_TRUSTED_LAUNCH
    if failure.code != "OperationNotAllowed":
        return None
    if _BUSY_WORDS.search(failure.message):
        return BUSY
    return IN_USE if _HELD_WORDS.search(failure.message) else None


def core_error(
    failure: AzureFailure, operation: str, facts: Mapping[str, str]
) -> NotYet | PermanentError:
    """Return the failure as one of the core's errors.

    `operation` completes "Azure refused to ..."; `facts` are size, region and resource group.
    """
    meaning = meaning_of(failure)
    words = {
        **facts,
        **details_of(failure.message, failure.info),
        "operation": operation,
        "code": failure.code,
    }
    sentence = filled(meaning.sentence, words)
    if meaning.kind is Kind.NOT_YET:
        wait = failure.retry_after if failure.retry_after is not None else meaning.retry_in
        if failure.status == TOO_MANY and failure.retry_after is not None:
            return NotYet(sentence, failure.retry_after, is_asked=True)
        return NotYet(sentence, min(wait, MAX_RETRY_SECONDS))
    code = "QuotaExceeded" if meaning is QUOTA_FULL else meaning.code or failure.code
    if meaning.remedy is None:
        return PermanentError(sentence, code)
    _log.warning(
        "Azure refused to %s: %s %r, status %s",
        *(operation, failure.code, failure.message[:500], failure.status),
    )
    return PermanentError(sentence, code, filled(meaning.remedy, words))


def filled(sentence: Text, words: Mapping[str, object]) -> Text:
    """Return a row's sentence with its words; an unknown word becomes "?"."""
    known, text = {**CONSTANTS, **words}, sentence.msgid
    names = [name for _literal, name, _spec, _conversion in Formatter().parse(text) if name]
    return Text(text, {name: known.get(name, "?") for name in names})


@contextmanager
def translated(operation: str, facts: Mapping[str, str]) -> Iterator[None]:
    """Turn the SDK's exceptions into the core's errors."""
    try:
        yield
    except AzureError as error:
        raise from_sdk(error, operation, facts) from error


def from_sdk(
    error: AzureError, operation: str, facts: Mapping[str, str]
) -> NotYet | PermanentError:
    """Return the core's error for an SDK exception."""
    failure = failure_of(error)
    if isinstance(error, ClientAuthenticationError) and failure.code not in MEANINGS:
        return _of_sign_in(error, failure, operation)
    if isinstance(error, DecodeError):
        status = error.status_code or 200
        return core_error(AzureFailure(f"{NO_CODE}{status}", "", status), operation, facts)
    if isinstance(error, HttpResponseError):
        return core_error(failure, operation, facts)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        if "certificate verify failed" in str(error).lower():
            words = {"operation": operation}
            sentence, remedy = (filled(text, words) for text in _both(CERTIFICATE))
            return PermanentError(sentence, CERTIFICATE.code, remedy)
        return NotYet(N_("Azure does not answer ({error})", error=type(error).__name__), 5.0)
    reason = N_(
        "The bot could not {operation} ({error}). Try again; if that repeats, tell an admin.",
        operation=operation,
        error=type(error).__name__,
    )
    return PermanentError(reason, "AzureError")


def _both(meaning: Meaning) -> tuple[Text, Text]:
    return meaning.sentence, meaning.remedy or Text("")


def _of_sign_in(
    error: ClientAuthenticationError, failure: AzureFailure, operation: str
) -> NotYet | PermanentError:
    """Return the error of a request for a token, by Entra's AADSTS number."""
    match = re.search(r"AADSTS(\d+)", str(error))
    number = match[1] if match else ""
    status = failure.status or 0
    if number in TRANSIENT_SIGN_IN or status in (408, 429) or status >= 500:
        return NotYet(N_("Microsoft Entra has a problem of its own"), 10.0)
    words = {"operation": operation}
    if status == 401 and not number and failure.code != "":
        sentence, remedy = (
            filled(text, words | {"code": failure.code}) for text in _both(TOKEN_REFUSED)
        )
        return PermanentError(sentence, TOKEN_REFUSED.code, remedy)
    _log.warning("Microsoft Entra refused the bot's sign-in: AADSTS%s", number or " unknown")
    code = "SecretExpired" if number == EXPIRED_SECRET else "SignInRefused"
    sentence = filled(OTHER_TENANT.sentence, words)
    return PermanentError(sentence, code, sign_in_remedy(number))


def failure_of(error: AzureError) -> AzureFailure:
    """Return code and message of a failure, by the innermost code that the table has."""
    if not isinstance(error, HttpResponseError):
        return AzureFailure(type(error).__name__, "")
    found = _codes_in(error)
    code, message = next(
        (pair for pair in reversed(found) if pair[0] in MEANINGS),
        found[0] if found else (f"{NO_CODE}{error.status_code or ''}", error.reason or ""),
    )
    return AzureFailure(code, message, error.status_code, _retry_after(error), _policy_info(error))


def _codes_in(error: HttpResponseError) -> list[tuple[str, str]]:
    """Return the pairs of code and message, from the outermost to the innermost."""
    body = error.error
    if body is None:
        return []
    pairs = [(body.code, body.message), *((d.code, d.message) for d in body.details or ())]
    return [(code, message or "") for code, message in pairs if code]


def _policy_info(error: HttpResponseError) -> Mapping[str, Any]:
    """Return what Azure says of the policy that refused the request."""
    body = error.error
    nodes = [body, *(body.details or ())] if body is not None else []
    for node in nodes:
        for each in getattr(node, "additional_info", ()):
            if each.type == "PolicyViolation" and isinstance(each.info, Mapping):
                return each.info
    return {}


def is_absence(error: AzureError) -> bool:
    """Return whether a 404 says that the resource itself does not exist.

    A group or a subscription that Azure does not show says nothing of the resources in it, nor does
    a proxy's page.
    """
    return failure_of(error).code in ("ResourceNotFound", "NotFound")


def _retry_after(error: AzureError) -> float | None:
    response = getattr(error, "response", None)
    text = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        return float(text)
    except ValueError:
        return None
