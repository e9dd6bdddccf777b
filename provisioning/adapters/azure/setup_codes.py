"""Azure's error codes that only an admin can mend: a right, a lock, a policy, a secret.

Each row has two texts: what it means for the member, and the remedy for the admin. Its code is one
of the core's `NEEDS_ADMIN`.
"""

from collections.abc import Mapping

from provisioning.adapters.azure.meanings import Meaning, setting, setup
from provisioning.core.language import N_, Text

FORBIDDEN = setup(
    "AuthorizationFailed",
    N_(
        "The bot's identity in Azure has no right to `{action}`, so the bot can't {operation}. "
        "Ask an admin to give it that right, then try again."
    ),
    N_(
        "Give the bot's identity the right `{action}` on `{scope}`. The two roles in "
        "docs/azure-role.json and docs/azure-role-subscription.json have every right that the bot "
        "needs; README.md shows how to assign them."
    ),
)
LOCKED = setup(
    "ScopeLocked",
    N_(
        "A lock in Azure on `{locked}` does not let the bot {operation}. Ask an admin to have the "
        "lock removed, then try again."
    ),
    N_(
        'Remove the lock on `{locked}` (Azure portal, "Locks"; `az lock list --resource-group '
        "{resource_group}` shows its note)."
    ),
)
POLICY = setup(
    "RequestDisallowedByPolicy",
    N_(
        "The policy `{policy}` of the Azure subscription does not let the bot {operation}. It "
        "refuses `{resource}`. Ask an admin, then try again."
    ),
    N_(
        "The policy `{policy}` refuses `{resource}`. If it demands tags, set them in {set_tags}. "
        "Otherwise use a size or region that it allows, or have the resource group "
        "`{resource_group}` exempted."
    ),
)
DISABLED = setup(
    "ReadOnlyDisabledSubscription",
    N_(
        "The bot's Azure subscription is disabled, so the bot can't {operation}. What exists in "
        "it stays. Ask an admin to have the subscription enabled, then try again."
    ),
    N_(
        'Ask the owner of the subscription to enable it (Azure portal, "Subscriptions"), or set '
        "another one in {set_subscription_id}."
    ),
)
NO_SUBSCRIPTION = setup(
    "SubscriptionNotFound",
    N_(
        "Azure does not show the bot its subscription, so the bot can't {operation}. That does "
        "not mean that a server is lost. Ask an admin, then try again."
    ),
    N_(
        "Check {set_subscription_id}, and that the bot's identity still has its role in that "
        "subscription."
    ),
)
NO_GROUP = setup(
    "ResourceGroupNotFound",
    N_(
        "Azure does not show the bot the resource group `{resource_group}`, so the bot can't "
        "{operation}. That does not mean that a server is lost. Ask an admin, then try again."
    ),
    N_(
        "Check {set_resource_group} and {set_subscription_id}. If the resource group was deleted, "
        "create it again: `az group create --name {resource_group} --location {region}`."
    ),
)
GROUP_IS_LEAVING = setup(
    "ResourceGroupNotFound",
    N_(
        "The resource group `{resource_group}` is being deleted in Azure, so the bot can't "
        "{operation}. Ask an admin what happened to it."
    ),
    N_(
        "The resource group `{resource_group}` is being deleted in Azure. When it is gone, create "
        "it again: `az group create --name {resource_group} --location {region}`."
    ),
)
NO_REGION = setup(
    "RegionNotAvailable",
    N_(
        "Azure does not offer this in `{region}` to the bot's subscription. Choose another "
        "region, or ask an admin."
    ),
    N_(
        "Check {set_region} and {set_other_regions}; `az account list-locations -o table` lists "
        "the regions."
    ),
)
UNREGISTERED = setup(
    "MissingSubscriptionRegistration",
    N_(
        "The bot's Azure subscription is not registered for `{namespace}`, so the bot can't "
        "{operation}. Ask an admin, then try again."
    ),
    N_(
        "Start the bot again, which registers the subscription, or run `az provider register "
        "--namespace {namespace}`."
    ),
)
OTHER_TENANT = setup(
    "SignInRefused",
    N_("The bot can't sign in to Azure, so it can't {operation}. Ask an admin, then try again."),
    N_(
        "The subscription belongs to another tenant. Check {set_tenant_id} and "
        "{set_subscription_id}."
    ),
)
TOKEN_REFUSED = setup(
    "TokenRefused",
    N_(
        "Azure does not accept the bot's sign-in, not even a new one, so the bot can't "
        "{operation}. Ask an admin, then try again."
    ),
    N_(
        "Azure refuses a token that is new ({code}). Check the clock of the bot's computer, and "
        "that {set_authority} and {set_management_url} belong to the same cloud."
    ),
)
CERTIFICATE = setup(
    "Certificate",
    N_(
        "The bot does not trust the certificate at Azure's address, so it can't {operation}. Ask "
        "an admin, then try again."
    ),
    N_(
        "The certificate at Azure's address is not trusted. Check the clock of the bot's "
        "computer, {set_management_url}, {set_authority} and {set_ca_file}."
    ),
)

SETUP_MEANINGS: Mapping[str, Meaning] = {
    "AuthorizationFailed": FORBIDDEN,
    "LinkedAuthorizationFailed": FORBIDDEN,
    "DenyAssignmentAuthorizationFailed": FORBIDDEN,
    "ScopeLocked": LOCKED,
    "RequestDisallowedByPolicy": POLICY,
    "ReadOnlyDisabledSubscription": DISABLED,
    "DisallowedOperation": DISABLED,
    "VMStoppedToWarnSubscription": DISABLED,
    "SubscriptionNotFound": NO_SUBSCRIPTION,
    "InvalidSubscriptionId": NO_SUBSCRIPTION,
    "ResourceGroupNotFound": NO_GROUP,
    "ResourceGroupBeingDeleted": GROUP_IS_LEAVING,
    "LocationNotAvailableForResourceGroup": NO_REGION,
    "LocationNotAvailableForResourceType": NO_REGION,
    "NoRegisteredProviderFound": NO_REGION,
    "MissingSubscriptionRegistration": UNREGISTERED,
    "InvalidAuthenticationTokenTenant": OTHER_TENANT,
    "ExpiredAuthenticationToken": TOKEN_REFUSED,
    "InvalidAuthenticationToken": TOKEN_REFUSED,
    "InvalidAuthenticationTokenAudience": TOKEN_REFUSED,
    "AuthenticationFailed": TOKEN_REFUSED,
}
"""Azure's code -> its meaning."""

_TENANT = N_("Microsoft Entra does not know the tenant.")

SIGN_IN: Mapping[str, tuple[str, Text]] = {
    "90002": ("tenant_id", _TENANT),
    "900023": ("tenant_id", _TENANT),
    "700016": ("client_id", N_("The tenant has no application with this id.")),
    "7000112": ("client_id", N_("The application is disabled in the tenant.")),
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

EXPIRED_SECRET = "7000222"  # noqa: S105 - the number of an error
TRANSIENT_SIGN_IN = frozenset({"90006", "90012", "90033", "90055", "50196"})
"""Numbers of Entra's own problems: unavailable, too slow, asked too often."""


def sign_in_remedy(number: str) -> Text:
    """Return the remedy for a refused sign-in; `number` is Entra's AADSTS number or ""."""
    if number in SIGN_IN:
        field, reason = SIGN_IN[number]
        return N_(
            "{reason} Check {setting} (AADSTS{number}).",
            reason=reason,
            setting=setting(field),
            number=number,
        )
    return N_(
        "Azure did not accept the bot's identity{code}. Check {tenant}, {client} and {secret}.",
        code=f" (AADSTS{number})" if number else "",
        tenant=setting("tenant_id"),
        client=setting("client_id"),
        secret=setting("client_secret"),
    )
