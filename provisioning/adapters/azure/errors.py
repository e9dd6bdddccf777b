"""From the SDK's exceptions to the core's three kinds, by the table in `codes.py`.

A response's body is never shown, only the parts that the table's sentences name. No I/O.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from string import Formatter

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from provisioning.adapters.azure.codes import (
    BUSY,
    CONSTANTS,
    HICCUP,
    MEANINGS,
    QUOTA_FULL,
    SIGN_IN,
    THROTTLED,
    Kind,
    Meaning,
    permanent,
    setting,
)
from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.core.language import N_, Text

MAX_RETRY_SECONDS = 30.0
"""Longest wait before a retry: a longer Retry-After is cut to this."""


@dataclass(frozen=True)
class AzureFailure:
    """A failed request in Azure's words: code, message, HTTP status, seconds of Retry-After."""

    code: str
    message: str
    status: int | None = None
    retry_after: float | None = None


def sign_in_sentence(message: str) -> Text:
    """Return the sentence for a refused sign-in; the message itself is not shown."""
    number = re.search(r"AADSTS(\d+)", message)
    if number and number[1] in SIGN_IN:
        field, reason = SIGN_IN[number[1]]
        return N_("{reason} Check {setting}.", reason=reason, setting=setting(field))
    return N_(
        "Azure did not accept the bot's identity{code}. Check {tenant}, {client} and {secret}.",
        code=f" (AADSTS{number[1]})" if number else "",
        tenant=setting("tenant_id"),
        client=setting("client_id"),
        secret=setting("client_secret"),
    )


def meaning_of(failure: AzureFailure) -> Meaning:
    """Return the table's row, or a row by the HTTP status if the code is unknown."""
    if failure.code in ("OperationNotAllowed", "QuotaExceeded"):
        if "quota" in failure.message.lower():
            return QUOTA_FULL
        if re.search(r"marked for deletion|being deleted|in progress", failure.message, re.I):
            return BUSY
    if known := MEANINGS.get(failure.code):
        return known
    status = failure.status or 0
    if status == 429:
        return THROTTLED
    if status == 408 or status >= 500:
        return HICCUP
    return permanent(
        N_(
            "Azure refused to {operation} ({code}). Try again later; if that repeats, tell an "
            "admin this code."
        )
    )


def core_error(
    failure: AzureFailure, operation: str, facts: Mapping[str, str], *, at_start: bool = False
) -> UserError | NotYet | PermanentError:
    """Return the failure as one of the core's errors.

    `operation` completes "Azure refused to ..."; `facts` are size, region and resource group.
    `at_start` means that the bot is starting: a wrong setting is a `UserError` then, and a
    `PermanentError` later.
    """
    meaning = meaning_of(failure)
    words = {**facts, **_details(failure), "operation": operation, "code": failure.code}
    sentence = filled(meaning, words)
    if meaning.kind is Kind.NOT_YET:
        wait = failure.retry_after if failure.retry_after is not None else meaning.retry_in
        return NotYet(sentence, min(wait, MAX_RETRY_SECONDS))
    if meaning.kind is Kind.SETUP and at_start:
        return UserError(sentence)
    code = "QuotaExceeded" if meaning is QUOTA_FULL else failure.code
    return PermanentError(sentence, code)


def filled(meaning: Meaning, words: Mapping[str, object]) -> Text:
    """Return the row's sentence with its words; an unknown word becomes "?"."""
    known, text = {**CONSTANTS, **words}, meaning.sentence.msgid
    names = [name for _literal, name, _spec, _conversion in Formatter().parse(text) if name]
    return Text(text, {name: known.get(name, "?") for name in names})


_DETAILS = {
    "quota": r"exceeding approved (.+?) (?:Cores )?quota",
    "limit": r"Current Limit: (\d+)|more than (\d+) [\w ]*public",
    "usage": r"Current Usage: (\d+)",
    "required": r"Additional Required: (\d+)",
    "action": r"perform action '([\w./]+)'",
    "namespace": r"namespace '([\w.]+)'",
}


def _details(failure: AzureFailure) -> dict[str, str]:
    """Return the numbers and names in the text of Azure's message."""
    found = {}
    for name, pattern in _DETAILS.items():
        if match := re.search(pattern, failure.message, re.I):
            found[name] = next(group for group in match.groups() if group)
    lines = [line.strip() for line in failure.message.splitlines() if line.strip()] or ["?"]
    found["first_line"] = lines[0][:200]
    found["tail"] = " / ".join(lines[-3:])[-300:]
    found["role"] = _role_for(found.get("action", ""))
    return found


def _role_for(action: str) -> str:
    if action.startswith("Microsoft.Compute/"):
        return "Virtual Machine Contributor"
    if action.startswith("Microsoft.Network/"):
        return "Network Contributor"
    return "Contributor"


@contextmanager
def translated(
    operation: str, facts: Mapping[str, str], *, at_start: bool = False
) -> Iterator[None]:
    """Turn the SDK's exceptions into the core's errors."""
    try:
        yield
    except AzureError as error:
        raise from_sdk(error, operation, facts, at_start=at_start) from error


def from_sdk(
    error: AzureError, operation: str, facts: Mapping[str, str], *, at_start: bool = False
) -> UserError | NotYet | PermanentError:
    """Return the core's error for an SDK exception."""
    if isinstance(error, ClientAuthenticationError):
        sentence = sign_in_sentence(str(error))
        return UserError(sentence) if at_start else PermanentError(sentence, "SignInRefused")
    if isinstance(error, HttpResponseError):
        return core_error(failure_of(error), operation, facts, at_start=at_start)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        if "certificate verify failed" in str(error).lower():
            sentence = N_(
                "The bot does not trust the certificate at Azure's address. Check {url}, "
                "{authority} and {ca_file}.",
                url=setting("management_url"),
                authority=setting("authority"),
                ca_file=setting("ca_file"),
            )
            return UserError(sentence) if at_start else PermanentError(sentence, "Certificate")
        return NotYet(N_("Azure does not answer ({error})", error=type(error).__name__), 5.0)
    reason = N_(
        "The bot could not {operation} ({error}). Try again; if that repeats, tell an admin.",
        operation=operation,
        error=type(error).__name__,
    )
    return PermanentError(reason, "AzureError")


def failure_of(error: AzureError) -> AzureFailure:
    """Return code and message of a failure, by the innermost code that the table has."""
    if not isinstance(error, HttpResponseError):
        return AzureFailure(type(error).__name__, "")
    body = error.error
    found: list[tuple[str, str]] = []
    if body is not None:
        found = [(body.code or "", body.message or "")]
        found += [(d.code or "", d.message or "") for d in body.details or ()]
    code, message = next(
        (pair for pair in reversed(found) if pair[0] in MEANINGS),
        found[0] if found else (f"Http{error.status_code}", error.reason or ""),
    )
    return AzureFailure(code, message, error.status_code, _retry_after(error))


def _retry_after(error: AzureError) -> float | None:
    response = getattr(error, "response", None)
    text = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        return float(text)
    except ValueError:
        return None
