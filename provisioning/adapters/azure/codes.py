"""The table of Azure's error codes: each code's kind, and the sentence for people.

The codes come from recorded sessions or from Azure's documentation. Each sentence says what
happened and what to do next. Data only; `errors.py` applies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from provisioning.core.language import N_, Text

QUOTA_PAGE = "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"


class Kind(StrEnum):
    """How the bot takes a code. `SETUP` is a wrong setting or right, which an admin can fix."""

    PERMANENT = "permanent"
    NOT_YET = "not_yet"
    SETUP = "setup"


@dataclass(frozen=True)
class Meaning:
    """One row of the table.

    `sentence` may name `{operation}`, `{size}`, `{region}`, `{resource_group}`, what `errors.py`
    finds in
    the message, and the words of `CONSTANTS`. `retry_in` is in seconds.
    """

    kind: Kind
    sentence: Text
    retry_in: float = 5.0


def setting(field: str) -> str:
    """Return the environment variable of a setting in the section `azure`."""
    return f"NOTEBOOK_BOT_AZURE__{field.upper()}"


CONSTANTS = {
    "quota_page": QUOTA_PAGE,
    **{
        f"set_{field}": setting(field)
        for field in ("region", "resource_group", "subscription_id", "tenant_id")
    },
}
"""Words of the sentences that are always the same."""


def permanent(sentence: Text) -> Meaning:
    """Return a row that ends the attempt."""
    return Meaning(Kind.PERMANENT, sentence)


def _not_yet(sentence: Text, retry_in: float = 5.0) -> Meaning:
    return Meaning(Kind.NOT_YET, sentence, retry_in)


def _setup(sentence: Text) -> Meaning:
    return Meaning(Kind.SETUP, sentence)


_NO_ROOM = permanent(
    N_(
        "Azure has no capacity for `{size}` in {region} at the moment. Try again in a few minutes, "
        "or choose another size with `--size`."
    )
)
QUOTA_FULL = permanent(
    N_(
        "The subscription's quota in {region} is full: {quota} has {usage} of {limit} cores in "
        "use, and {required} more are needed. Delete a server that you no longer need (`/notebook "
        "list`), choose a smaller size with `--size`, or ask an admin for more quota: {quota_page}"
    )
)
_ADDRESSES = permanent(
    N_(
        "All {limit} public addresses that the subscription may have in {region} are in use. "
        "Delete a server that you no longer need (`/notebook list`), or ask an admin for more: "
        "{quota_page}"
    )
)
_SILENT_SYSTEM = permanent(
    N_(
        "The new machine's operating system did not report back to Azure in time. "
        "Create the server again; if that repeats, tell an admin."
    )
)
BUSY = _not_yet(N_("Azure has not finished an earlier operation"), 2.0)
HICCUP = _not_yet(N_("Azure has a problem of its own"), 5.0)
THROTTLED = _not_yet(N_("Azure asks for fewer requests"), 10.0)
_IN_USE = _not_yet(N_("Azure has not released a part of the machine yet"), 3.0)
_FORBIDDEN = _setup(
    N_(
        "The bot's identity has no right to `{action}`. Ask an admin to have the subscription's "
        "owner give it the role {role} on the resource group `{resource_group}`."
    )
)
_NO_SUBSCRIPTION = _setup(
    N_(
        "The bot's identity sees no subscription with this id. Check {set_subscription_id}, and "
        "that the identity has a role in the subscription."
    )
)
_NO_REGION = _setup(
    N_(
        "Azure does not offer this in `{region}`. Check {set_region}; "
        "`az account list-locations -o table` lists the regions."
    )
)
_GONE = permanent(
    N_(
        "A part of the server no longer exists in Azure, so the server can't work. "
        "Delete the server and create it again."
    )
)

MEANINGS: Mapping[str, Meaning] = {
    "SkuNotAvailable": permanent(
        N_(
            "Azure does not sell `{size}` in {region} at the moment. Choose another size with "
            "`--size`, or try again later."
        )
    ),
    "QuotaExceeded": QUOTA_FULL,
    "AllocationFailed": _NO_ROOM,
    "ZonalAllocationFailed": _NO_ROOM,
    "OverconstrainedAllocationRequest": _NO_ROOM,
    "OverconstrainedZonalAllocationRequest": _NO_ROOM,
    "OSProvisioningTimedOut": _SILENT_SYSTEM,
    "OSProvisioningInternalError": _SILENT_SYSTEM,
    "OSProvisioningClientError": _SILENT_SYSTEM,
    "VMExtensionProvisioningError": permanent(
        N_(
            "An extension of the machine failed. Its last lines are: `{tail}`. Create the server "
            "again; if that repeats, tell an admin."
        )
    ),
    "PublicIPCountLimitReached": _ADDRESSES,
    "IPv4StandardSkuPublicIpCountLimitReached": _ADDRESSES,
    "DnsRecordInUse": permanent(
        N_(
            "All DNS names that the server could have in {region} are taken. "
            "Create the server again: it gets other names."
        )
    ),
    "AnotherOperationInProgress": BUSY,
    "RetryableError": BUSY,
    "RetryableErrorDueToAnotherOperation": BUSY,
    "ReferencedResourceNotProvisioned": BUSY,
    "Conflict": BUSY,
    "OperationPreempted": BUSY,
    "OperationPreemptedByMoreRecentOperation": BUSY,
    "CanceledAndSupersededDueToAnotherOperation": BUSY,
    "NicReservedForAnotherVm": _not_yet(
        N_("Azure still reserves the network interface for the machine that failed"), 10.0
    ),
    "NicInUse": _IN_USE,
    "PublicIPAddressCannotBeDeleted": _IN_USE,
    "PublicIPAddressInUse": _IN_USE,
    "PlatformImageNotFound": permanent(
        N_(
            "Azure no longer has this platform's image in {region}. Choose another platform, and "
            "tell an admin that the bot's table of images needs an update."
        )
    ),
    "MissingSubscriptionRegistration": _setup(
        N_(
            "The subscription is not registered for `{namespace}`. Start the bot again, which "
            "registers it, or run `az provider register --namespace {namespace}`."
        )
    ),
    "AuthorizationFailed": _FORBIDDEN,
    "LinkedAuthorizationFailed": _FORBIDDEN,
    "InvalidParameter": permanent(
        N_(
            "Azure refused a value when the bot tried to {operation} (`{first_line}`). Choose "
            "another size with `--size`, or tell an admin."
        )
    ),
    "ResourceNotFound": _GONE,
    "NotFound": _GONE,
    "InvalidResourceReference": _GONE,
    "ResourceGroupNotFound": _setup(
        N_(
            "The resource group `{resource_group}` does not exist. Start the bot again, which "
            "creates it, or check {set_resource_group}."
        )
    ),
    "PropertyChangeNotAllowed": permanent(
        N_(
            "Azure does not allow this change of an existing machine. "
            "Delete the server and create it again."
        )
    ),
    "RequestDisallowedByPolicy": permanent(
        N_(
            "A policy of the subscription does not let the bot {operation}. Ask an admin to have "
            "the resource group `{resource_group}` exempted."
        )
    ),
    "ScopeLocked": _setup(
        N_(
            "A lock on the resource group `{resource_group}` does not let the bot {operation}. "
            "Ask an admin to have the lock removed."
        )
    ),
    "TooManyRequests": THROTTLED,
    "OperationNotAllowed": permanent(
        N_(
            "Azure does not let the bot {operation} now (`{first_line}`). Try again in a few "
            "minutes."
        )
    ),
    "InternalServerError": HICCUP,
    "InternalExecutionError": HICCUP,
    "InternalOperationError": HICCUP,
    "NetworkingInternalOperationError": HICCUP,
    "ServiceUnavailable": HICCUP,
    "ServerTimeout": HICCUP,
    "SubscriptionNotFound": _NO_SUBSCRIPTION,
    "InvalidSubscriptionId": _NO_SUBSCRIPTION,
    "ReadOnlyDisabledSubscription": _setup(
        N_(
            "The subscription is disabled, so Azure changes nothing in it. Ask its owner to enable "
            "it, or set another subscription in {set_subscription_id}."
        )
    ),
    "InvalidAuthenticationTokenTenant": _setup(
        N_(
            "The subscription belongs to another tenant. Check {set_tenant_id} and "
            "{set_subscription_id}."
        )
    ),
    "LocationNotAvailableForResourceGroup": _NO_REGION,
    "LocationNotAvailableForResourceType": _NO_REGION,
    "NoRegisteredProviderFound": _NO_REGION,
}
"""Azure's code -> its meaning."""

SIGN_IN: Mapping[str, tuple[str, Text]] = {
    "90002": ("tenant_id", N_("Microsoft Entra does not know the tenant.")),
    "900023": ("tenant_id", N_("Microsoft Entra does not know the tenant.")),
    "700016": ("client_id", N_("The tenant has no application with this id.")),
    "7000215": (
        "client_secret",
        N_(
            "The client secret is wrong. Use the secret's value, not its id; make a new one under "
            '"Certificates & secrets" of the app registration.'
        ),
    ),
    "7000222": (
        "client_secret",
        N_(
            'The client secret has expired. Make a new one under "Certificates & secrets" of the '
            "app registration."
        ),
    ),
}
"""Microsoft Entra's AADSTS number -> the wrong setting, and the reason."""
