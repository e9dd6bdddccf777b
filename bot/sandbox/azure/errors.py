"""The refusals of Azure Resource Manager by code, worded as in recorded sessions."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

STATUS = {
    "AllocationFailed": 409,
    "AnotherOperationInProgress": 409,
    "AuthorizationFailed": 403,
    "ConflictingUserInput": 409,
    "DnsRecordInUse": 400,
    "IPv4StandardSkuPublicIpCountLimitReached": 400,
    "InUseSubnetCannotBeDeleted": 400,
    "InternalServerError": 500,
    "InvalidAuthenticationToken": 401,
    "InvalidParameter": 400,
    "InvalidRequestContent": 400,
    "MissingSubscriptionRegistration": 409,
    "NetworkSecurityGroupInUse": 400,
    "NicInUse": 400,
    "NicReservedForAnotherVm": 400,
    "OperationNotAllowed": 409,
    "OSProvisioningTimedOut": 409,
    "OverconstrainedAllocationRequest": 409,
    "PlatformImageNotFound": 404,
    "PropertyChangeNotAllowed": 409,
    "PublicIPAddressCannotBeDeleted": 400,
    "PublicIPCountLimitReached": 400,
    "ReadOnlyDisabledSubscription": 409,
    "RequestDisallowedByPolicy": 403,
    "ResourceGroupNotFound": 404,
    "ResourceNotFound": 404,
    "RetryableErrorDueToAnotherOperation": 429,
    "ScopeLocked": 409,
    "SkuNotAvailable": 409,
    "SubscriptionNotFound": 404,
    "TooManyRequests": 429,
    "VMExtensionProvisioningError": 409,
    "ZonalAllocationFailed": 409,
}
"""The HTTP status of each code. The codes of allocation and provisioning come in the body of an
operation, where their status is not seen."""

MESSAGES = {
    "AllocationFailed": "Allocation failed. We do not have sufficient capacity for the requested "
    "VM size in this region. Read more about improving likelihood of allocation success.",
    "ZonalAllocationFailed": "Allocation failed. We do not have sufficient capacity for the "
    "requested VM size in this zone.",
    "OverconstrainedAllocationRequest": "Allocation failed. VM(s) with the following constraints "
    "cannot be allocated, because the condition is too restrictive.",
    "OSProvisioningTimedOut": "OS Provisioning for VM did not finish in the allotted time. The VM "
    "may still finish provisioning successfully. Please check provisioning state later.",
    "VMExtensionProvisioningError": "VM has reported a failure when processing extension. Error "
    "message: 'Command execution finished, but failed because it returned a non-zero exit code'",
    "SkuNotAvailable": "The requested size for resource is currently not available in location "
    "'westeurope' zones '' for subscription. Please try another size or deploy to a different "
    "location or zones.",
    "DnsRecordInUse": "DNS record is already used by another public IP.",
    "PublicIPCountLimitReached": "Cannot create more than 1000 public IP addresses for this "
    "subscription in this region.",
    "IPv4StandardSkuPublicIpCountLimitReached": "Cannot create more than 1000 IPv4 Standard SKU "
    "public IP addresses for this subscription in this region.",
    "AuthorizationFailed": "The client with object id does not have authorization to perform "
    "action 'Microsoft.Compute/virtualMachines/write' over scope or the scope is invalid.",
    "TooManyRequests": "The request is being throttled as the limit has been reached for "
    "operation type. For more information, see throttling.",
    "InternalServerError": "Encountered internal server error.",
    "OperationNotAllowed": "Operation could not be completed as it results in exceeding approved "
    "standardBSFamily Cores quota. Additional details - Deployment Model: Resource Manager, "
    "Location: westeurope, Current Limit: 10, Current Usage: 10, Additional Required: 2, "
    "(Minimum) New Limit Required: 12.",
    "AnotherOperationInProgress": "Another operation on this or dependent resource is in progress.",
    "RetryableErrorDueToAnotherOperation": "Operation was canceled due to another operation in "
    "progress on this or a dependent resource.",
}
"""The messages of the codes that a fault may ask for."""


class ArmError(Exception):
    """A refusal of ARM; the middleware answers with it."""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        status: int = 0,
        retry_after: float | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.message = message or MESSAGES.get(code, code)
        self.status = status or STATUS.get(code, 400)
        self.retry_after = retry_after
        self.more = more or {}
        super().__init__(f"{self.code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """Return the body, `{"error": {"code", "message", ...}}`."""
        return {"error": {"code": self.code, "message": self.message, **self.more}}

    def response(self, body: Any = None) -> web.Response:
        """Return the answer, with Retry-After if it is set; `body` replaces the usual one."""
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        shown = self.body() if body is None else body
        return web.json_response(shown, status=self.status, headers=headers)


def not_found(path: str, group: str) -> ArmError:
    """Return the refusal for a resource that does not exist."""
    kind = "/".join(path.rsplit("/providers/", maxsplit=1)[-1].split("/")[:2])
    name = path.rsplit("/", 1)[-1]
    return ArmError(
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. For more "
        "details please go to the troubleshooting page.",
    )
