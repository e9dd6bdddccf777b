"""What Azure's error codes mean, for a person and for the engine: one table.

The codes were met in recorded sessions or stand in Azure's documentation. Each has a
sentence that says what happened and what to do next; a response's body is never shown.
Known only to the Azure adapter; nothing here does I/O.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from provisioning.errors import NotYet, PermanentError, UserError

QUOTA_PAGE = "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"
MAX_RETRY_SECONDS = 30.0
"""A longer wait than this is split: the thing may be free sooner."""


class Kind(StrEnum):
    """How a code is taken. `SETUP` is a wrong setting or right: who runs the bot can mend it."""

    PERMANENT = "permanent"
    NOT_YET = "not_yet"
    SETUP = "setup"


@dataclass(frozen=True)
class Meaning:
    """One row. `sentence` may name `{operation}`, `{size}`, `{region}`, `{resource_group}`
    and what `_details` finds in the message; `retry_in` is in seconds."""

    kind: Kind
    sentence: str
    retry_in: float = 5.0


@dataclass(frozen=True)
class Failure:
    """A refusal as Azure gave it: code, text, HTTP status, seconds of Retry-After."""

    code: str
    message: str
    status: int | None = None
    retry_after: float | None = None


def setting(field: str) -> str:
    """The environment variable of a setting of the section `azure`."""
    return f"NOTEBOOK_BOT_AZURE__{field.upper()}"


def _permanent(sentence: str) -> Meaning:
    return Meaning(Kind.PERMANENT, sentence)


def _not_yet(sentence: str, retry_in: float = 5.0) -> Meaning:
    return Meaning(Kind.NOT_YET, sentence, retry_in)


def _setup(sentence: str) -> Meaning:
    return Meaning(Kind.SETUP, sentence)


_NO_ROOM = _permanent(
    "Azure has no room for `{size}` in {region} at the moment. Try again in some minutes, "
    "or choose another size with `--size`."
)
_QUOTA = _permanent(
    "The subscription's quota in {region} is full: {quota} has {usage} of {limit} cores in use, "
    "and {required} more are needed. Delete a server that you no longer use (`/notebook list`), "
    f"choose a smaller size with `--size`, or ask an admin for more quota: {QUOTA_PAGE}"
)
_ADDRESSES = _permanent(
    "The subscription may have {limit} public addresses in {region}, and all are in use. "
    "Delete a server that you no longer use (`/notebook list`), or ask an admin for more: "
    f"{QUOTA_PAGE}"
)
_SILENT_SYSTEM = _permanent(
    "The new machine's operating system did not report back to Azure in time. "
    "Create the server again; if that repeats, tell an admin."
)
_BUSY = _not_yet("Azure is still busy with an earlier operation", 2.0)
_HICCUP = _not_yet("Azure had a problem of its own", 5.0)
_THROTTLED = _not_yet("Azure asks for fewer requests", 10.0)
_IN_USE = _not_yet("Azure has not yet let go of a part of the machine", 3.0)
_FORBIDDEN = _setup(
    "The bot's identity may not do `{action}`. Ask an owner of the subscription to give it the "
    "role {role} on the resource group `{resource_group}`."
)
_NO_SUBSCRIPTION = _setup(
    "The identity sees no subscription of this id. Check "
    f"{setting('subscription_id')}, and that the identity has a role in it."
)
_NO_REGION = _setup(
    f"Azure does not offer this in `{{region}}`. Check {setting('region')}; "
    "`az account list-locations -o table` lists the regions."
)
_GONE = _permanent(
    "Something that the server needs was removed from Azure by somebody else. "
    "Delete the server and create it again."
)

MEANINGS: Mapping[str, Meaning] = {
    "SkuNotAvailable": _permanent(
        "Azure does not sell `{size}` in {region} at the moment. Choose another size with "
        "`--size`, or try again later."
    ),
    "QuotaExceeded": _QUOTA,
    "AllocationFailed": _NO_ROOM,
    "ZonalAllocationFailed": _NO_ROOM,
    "OverconstrainedAllocationRequest": _NO_ROOM,
    "OverconstrainedZonalAllocationRequest": _NO_ROOM,
    "OSProvisioningTimedOut": _SILENT_SYSTEM,
    "OSProvisioningInternalError": _SILENT_SYSTEM,
    "OSProvisioningClientError": _SILENT_SYSTEM,
    "VMExtensionProvisioningError": _permanent(
        "An extension of the machine failed. Its last lines: {tail}"
    ),
    "PublicIPCountLimitReached": _ADDRESSES,
    "IPv4StandardSkuPublicIpCountLimitReached": _ADDRESSES,
    "DnsRecordInUse": _permanent(
        "All of the DNS names that the server could have are taken in {region}. "
        "Create the server again: it gets other ones."
    ),
    "AnotherOperationInProgress": _BUSY,
    "RetryableError": _BUSY,
    "RetryableErrorDueToAnotherOperation": _BUSY,
    "ReferencedResourceNotProvisioned": _BUSY,
    "Conflict": _BUSY,
    "OperationPreempted": _BUSY,
    "OperationPreemptedByMoreRecentOperation": _BUSY,
    "CanceledAndSupersededDueToAnotherOperation": _BUSY,
    "NicReservedForAnotherVm": _not_yet(
        "Azure keeps the network interface reserved for the machine that did not come up", 10.0
    ),
    "NicInUse": _IN_USE,
    "PublicIPAddressCannotBeDeleted": _IN_USE,
    "PublicIPAddressInUse": _IN_USE,
    "PlatformImageNotFound": _permanent(
        "Azure no longer has the image that this platform is made from in {region}. "
        "Tell an admin: the bot's table of images needs an update."
    ),
    "MissingSubscriptionRegistration": _setup(
        "The subscription is not registered for `{namespace}`. Start the bot again, which "
        "registers it, or run `az provider register --namespace {namespace}`."
    ),
    "AuthorizationFailed": _FORBIDDEN,
    "LinkedAuthorizationFailed": _FORBIDDEN,
    "InvalidParameter": _permanent(
        "Azure refused a value as the bot tried to {operation}: {first_line}"
    ),
    "ResourceNotFound": _GONE,
    "NotFound": _GONE,
    "InvalidResourceReference": _GONE,
    "ResourceGroupNotFound": _setup(
        "The resource group `{resource_group}` does not exist. Start the bot again, which makes "
        f"it, or check {setting('resource_group')}."
    ),
    "PropertyChangeNotAllowed": _permanent(
        "Azure does not allow to change an existing machine in this way. "
        "Delete the server and create it again."
    ),
    "RequestDisallowedByPolicy": _permanent(
        "A policy of the subscription forbids to {operation}. Ask its owner to exempt the "
        "resource group `{resource_group}`."
    ),
    "ScopeLocked": _setup(
        "A lock on the resource group `{resource_group}` forbids to {operation}. "
        "Ask its owner to remove the lock."
    ),
    "TooManyRequests": _THROTTLED,
    "OperationNotAllowed": _permanent(
        "Azure does not allow to {operation} now: {first_line} Try again in some minutes."
    ),
    "InternalServerError": _HICCUP,
    "InternalExecutionError": _HICCUP,
    "InternalOperationError": _HICCUP,
    "NetworkingInternalOperationError": _HICCUP,
    "ServiceUnavailable": _HICCUP,
    "ServerTimeout": _HICCUP,
    "SubscriptionNotFound": _NO_SUBSCRIPTION,
    "InvalidSubscriptionId": _NO_SUBSCRIPTION,
    "ReadOnlyDisabledSubscription": _setup(
        "The subscription is disabled. Ask its owner to enable it, or set another one in "
        f"{setting('subscription_id')}."
    ),
    "InvalidAuthenticationTokenTenant": _setup(
        f"The subscription belongs to another tenant. Check {setting('tenant_id')} and "
        f"{setting('subscription_id')}."
    ),
    "LocationNotAvailableForResourceGroup": _NO_REGION,
    "LocationNotAvailableForResourceType": _NO_REGION,
    "NoRegisteredProviderFound": _NO_REGION,
}
"""Azure's code -> what it means."""

_SIGN_IN: Mapping[str, tuple[str, str]] = {
    "90002": ("tenant_id", "Microsoft Entra does not know the tenant."),
    "900023": ("tenant_id", "Microsoft Entra does not know the tenant."),
    "700016": ("client_id", "The tenant has no application of this id."),
    "7000215": (
        "client_secret",
        "The client secret is wrong. Use the secret's value, not its id; make a new one under "
        '"Certificates & secrets" of the app registration.',
    ),
    "7000222": (
        "client_secret",
        'The client secret has expired. Make a new one under "Certificates & secrets" of the '
        "app registration.",
    ),
}
"""Microsoft Entra's AADSTS number -> the setting that is wrong, and why."""


def explain_sign_in(message: str) -> str:
    """The sentence for a refused sign-in; the message itself is not shown."""
    number = re.search(r"AADSTS(\d+)", message)
    if number and number[1] in _SIGN_IN:
        field, reason = _SIGN_IN[number[1]]
        return f"{reason} Check {setting(field)}."
    code = f" (AADSTS{number[1]})" if number else ""
    return (
        f"Azure did not accept the bot's identity{code}. Check {setting('tenant_id')}, "
        f"{setting('client_id')} and {setting('client_secret')}."
    )


def meaning_of(failure: Failure) -> Meaning:
    """The table's row, or one by the HTTP status where the code is unknown."""
    if failure.code in ("OperationNotAllowed", "QuotaExceeded"):
        if "quota" in failure.message.lower():
            return _QUOTA
        if re.search(r"marked for deletion|being deleted|in progress", failure.message, re.I):
            return _BUSY
    if known := MEANINGS.get(failure.code):
        return known
    status = failure.status or 0
    if status == 429:
        return _THROTTLED
    if status == 408 or status >= 500:
        return _HICCUP
    return _permanent(
        "Azure refused to {operation} ({code}). Tell an admin this code; trying again later "
        "may help."
    )


def explain(
    failure: Failure, operation: str, facts: Mapping[str, str], *, at_start: bool = False
) -> UserError | NotYet | PermanentError:
    """The failure as the core knows failures.

    `operation` completes "Azure refused to ..."; `facts` are size, region and resource
    group. `at_start` says that a person is looking at the settings: a wrong one is a
    `UserError` then, and a `PermanentError` in the middle of the work.
    """
    meaning = meaning_of(failure)
    words = _Words({**facts, **_details(failure), "operation": operation, "code": failure.code})
    sentence = meaning.sentence.format_map(words)
    if meaning.kind is Kind.NOT_YET:
        wait = failure.retry_after if failure.retry_after is not None else meaning.retry_in
        return NotYet(sentence, min(wait, MAX_RETRY_SECONDS))
    if meaning.kind is Kind.SETUP and at_start:
        return UserError(sentence)
    code = "QuotaExceeded" if meaning is _QUOTA else failure.code
    return PermanentError(sentence, code)


class _Words(dict[str, str]):
    """A sentence survives a word that nobody knew."""

    def __missing__(self, key: str) -> str:
        return "?"


_DETAILS = {
    "quota": r"exceeding approved (.+?) (?:Cores )?quota",
    "limit": r"Current Limit: (\d+)|more than (\d+) public",
    "usage": r"Current Usage: (\d+)",
    "required": r"Additional Required: (\d+)",
    "action": r"perform action '([\w./]+)'",
    "namespace": r"namespace '([\w.]+)'",
}


def _details(failure: Failure) -> dict[str, str]:
    """The numbers and names that Azure hides in its prose."""
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
    """Turn the SDK's exceptions into the core's three (see `explain`)."""
    try:
        yield
    except AzureError as error:
        raise from_sdk(error, operation, facts, at_start=at_start) from error


def from_sdk(
    error: AzureError, operation: str, facts: Mapping[str, str], *, at_start: bool = False
) -> UserError | NotYet | PermanentError:
    """What an SDK exception means."""
    if isinstance(error, ClientAuthenticationError):
        sentence = explain_sign_in(str(error))
        return UserError(sentence) if at_start else PermanentError(sentence, "SignInRefused")
    if isinstance(error, HttpResponseError):
        return explain(failure_of(error), operation, facts, at_start=at_start)
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        if "certificate verify failed" in str(error).lower():
            sentence = (
                "The certificate of Azure's address was not signed by anybody that the bot "
                f"trusts. Check {setting('management_url')}, {setting('authority')} and "
                f"{setting('ca_file')}."
            )
            return UserError(sentence) if at_start else PermanentError(sentence, "Certificate")
        return NotYet(f"Azure does not answer ({type(error).__name__})", 5.0)
    return PermanentError(f"The bot could not {operation} ({type(error).__name__}).", "AzureError")


def failure_of(error: AzureError) -> Failure:
    """Code and text of a refusal, by the innermost code that the table knows."""
    if not isinstance(error, HttpResponseError):
        return Failure(type(error).__name__, "")
    body = error.error
    found: list[tuple[str, str]] = []
    if body is not None:
        found = [(body.code or "", body.message or "")]
        found += [(d.code or "", d.message or "") for d in body.details or ()]
    code, message = next(
        (pair for pair in reversed(found) if pair[0] in MEANINGS),
        found[0] if found else (f"Http{error.status_code}", error.reason or ""),
    )
    return Failure(code, message, error.status_code, _retry_after(error))


def _retry_after(error: AzureError) -> float | None:
    response = getattr(error, "response", None)
    text = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        return float(text)
    except ValueError:
        return None
