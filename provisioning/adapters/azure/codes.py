"""The table of Azure's error codes: each code's kind, and the sentence for people.

The codes come from recorded sessions or from Azure's documentation. Each sentence says what
happened and what to do next. What only an admin can mend is in `setup_codes.py`. Data only;
`errors.py` applies it.
"""

from collections.abc import Mapping

from provisioning.adapters.azure.meanings import Kind, Meaning, not_yet, permanent
from provisioning.adapters.azure.setup_codes import SETUP_MEANINGS
from provisioning.core.language import N_

_NO_ROOM = permanent(
    N_(
        "Azure has no capacity for `{size}` in {region} at the moment. Try again in a few minutes, "
        "or choose another size with `--size`."
    )
)
QUOTA_FULL = permanent(
    N_(
        "The subscription's quota in {region} is full: {quota} has {usage} of {limit} cores in "
        "use, and {required} more are needed. Delete a server that you no longer need "
        "(`list`), choose a smaller size with `--size`, or ask an admin for more quota: "
        "{quota_page}"
    )
)
_ADDRESSES = permanent(
    N_(
        "All {limit} public addresses that the subscription may have in {region} are in use. "
        "Delete a server that you no longer need (`list`), or ask an admin for more: "
        "{quota_page}"
    )
)
_SILENT_SYSTEM = permanent(
    N_(
        "The new machine's operating system did not report back to Azure in time. "
        "Create the server again; if that repeats, tell an admin."
    )
)
BUSY = not_yet(N_("Azure has not finished an earlier operation"), 2.0)
HICCUP = not_yet(N_("Azure has a problem of its own"), 5.0)
THROTTLED = not_yet(N_("Azure asks for fewer requests"), 10.0)
IN_USE = not_yet(N_("Azure has not released a part of the machine yet"), 3.0)
NO_TRUSTED_LAUNCH = permanent(
    N_(
        "Azure's image of this platform does not support Trusted Launch in {region}, and the bot "
        "asked for it. Choose another release or platform, and tell an admin: the bot may lack the "
        "right to read what images support."
    )
)
_GONE = permanent(
    N_(
        "A part of the server no longer exists in Azure, so the server can't work. "
        "Delete the server and create it again."
    )
)

_NO_IMAGE = Meaning(
    Kind.PERMANENT,
    N_(
        "Azure no longer has this platform's image in {region}. Choose another platform, and "
        "tell an admin that the bot's table of images needs an update."
    ),
    code="PlatformImageNotFound",
)

MEANINGS: Mapping[str, Meaning] = {
    **SETUP_MEANINGS,
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
    "NicReservedForAnotherVm": not_yet(
        N_("Azure still reserves the network interface for the machine that failed"), 10.0
    ),
    "NicInUse": IN_USE,
    "PublicIPAddressCannotBeDeleted": IN_USE,
    "PublicIPAddressInUse": IN_USE,
    "PlatformImageNotFound": _NO_IMAGE,
    "ImageVersionDeprecated": _NO_IMAGE,
    "RequestDisallowedByAzure": permanent(
        N_(
            "Azure does not let the bot's subscription {operation} in {region}. Choose another "
            "region or size, or ask an admin whether Azure's support can open the region."
        )
    ),
    "InvalidParameter": permanent(
        N_(
            "Azure refused a value when the bot tried to {operation} (`{first_line}`). Choose "
            "another size with `--size`, or tell an admin."
        )
    ),
    "ResourceNotFound": _GONE,
    "ParentResourceNotFound": _GONE,
    "NotFound": _GONE,
    "InvalidResourceReference": _GONE,
    "PropertyChangeNotAllowed": permanent(
        N_(
            "Azure does not allow this change of an existing machine. "
            "Delete the server and create it again."
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
}
"""Azure's code -> its meaning."""
