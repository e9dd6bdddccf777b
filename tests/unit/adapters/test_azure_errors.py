"""Each code of the table becomes a sentence with a next step."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from provisioning.adapters.azure.codes import MEANINGS
from provisioning.adapters.azure.errors import AzureFailure, core_error, from_sdk
from provisioning.adapters.azure.meanings import QUOTA_PAGE, Kind
from provisioning.core.errors import NEEDS_ADMIN, NotYet, PermanentError

FACTS = {"size": "Standard_B2s", "region": "westeurope", "resource_group": "nb"}

CORES = (
    "Operation could not be completed as it results in exceeding approved standardBSFamily Cores "
    "quota. Additional details - Deployment Model: Resource Manager, Location: westeurope, "
    "Current Limit: 10, Current Usage: 9, Additional Required: 2, (Minimum) New Limit Required: "
    "11. Submit a request for Quota increase at https://example.invalid"
)
FORBIDDEN = (
    "The client 'x' with object id 'y' does not have authorization to perform action "
    "'Microsoft.Network/publicIPAddresses/write' over scope '/subscriptions/s'"
)


LINKED = (
    "The client 'x' with object id 'y' has permission to perform action "
    "'Microsoft.Compute/virtualMachines/write' on scope '/subscriptions/s/resourceGroups/nb/"
    "providers/Microsoft.Compute/virtualMachines/vm'; however, it does not have permission to "
    "perform action(s) 'Microsoft.Network/networkInterfaces/join/action' on the linked scope(s) "
    "'/subscriptions/s/resourceGroups/nb/providers/Microsoft.Network/networkInterfaces/nic' "
    "(respectively) or the linked scope(s) are invalid."
)
LOCKED = (
    "The scope '/subscriptions/s/resourceGroups/nb/providers/Microsoft.Compute/virtualMachines/vm' "
    "cannot perform delete operation because following scope(s) are locked: "
    "'/subscriptions/s/resourceGroups/nb'. Please remove the lock and try again."
)
BY_POLICY = (
    "Resource 'nb-abc-nic' was disallowed by policy. Policy identifiers: "
    '\'[{"policyAssignment":{"name":"No public addresses","id":"/subscriptions/s/providers/'
    'Microsoft.Authorization/policyAssignments/1"},"policyDefinition":{"name":"Interfaces '
    'should not have public IPs","id":"/providers/Microsoft.Authorization/x/2"}}]\'.'
)


def explained(code, message="", *, status=None, retry_after=None, info=None):
    failure = AzureFailure(code, message, status, retry_after, info or {})
    return core_error(failure, "create the machine", FACTS)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_code_of_the_table_is_a_whole_sentence(code):
    meaning = MEANINGS[code]
    error = explained(code, "details")

    kinds = {Kind.PERMANENT: PermanentError, Kind.NOT_YET: NotYet, Kind.SETUP: PermanentError}
    assert type(error) is kinds[meaning.kind]
    if meaning.kind is not Kind.NOT_YET:
        assert str(error).endswith((".", QUOTA_PAGE))
        assert len(str(error)) > 40
    assert "{" not in str(error)


def test_a_full_quota_is_explained_with_its_numbers():
    error = explained("OperationNotAllowed", CORES, status=409)

    assert isinstance(error, PermanentError)
    assert error.code == "QuotaExceeded"
    assert "standardBSFamily has 9 of 10 cores in use, and 2 more are needed" in error.reason
    assert "--size" in error.reason
    assert "portal.azure.com" in error.reason


def test_an_operation_on_a_resource_being_deleted_is_retried():
    message = "The VM 'x' is marked for deletion."

    assert isinstance(explained("OperationNotAllowed", message), NotYet)


def test_a_limit_of_addresses_is_explained_with_its_number():
    message = "Cannot create more than 20 public IP addresses for this subscription in this region."

    error = explained("PublicIPCountLimitReached", message, status=400)

    assert "All 20 public addresses that the subscription may have in westeurope" in str(error)


def test_a_missing_right_is_named_with_its_scope_and_a_role_that_has_it():
    error = explained("AuthorizationFailed", FORBIDDEN, status=403)

    assert isinstance(error, PermanentError)
    assert "no right to `Microsoft.Network/publicIPAddresses/write`" in error.reason
    assert "on `subscriptions/s`" in error.remedy
    assert "docs/azure-role.json" in error.remedy


def test_of_a_linked_right_the_missing_one_is_named():
    error = explained("LinkedAuthorizationFailed", LINKED, status=403)

    assert error.code == "AuthorizationFailed"
    assert "no right to `Microsoft.Network/networkInterfaces/join/action`" in error.reason
    assert "on `networkInterfaces/nic`" in error.remedy


def test_a_lock_is_named_by_what_it_locks_and_is_not_busy():
    error = explained("ScopeLocked", LOCKED, status=409)

    assert (type(error), error.code) == (PermanentError, "ScopeLocked")
    assert "A lock in Azure on `resourceGroups/nb`" in error.reason
    assert "Remove the lock on `resourceGroups/nb`" in error.remedy


@pytest.mark.parametrize(
    ("message", "info"),
    [
        (BY_POLICY, {}),
        (
            "Resource 'nb-abc-nic' was disallowed by policy.",
            {"policyAssignmentDisplayName": "No public addresses", "policyAssignmentName": "1"},
        ),
    ],
)
def test_a_policy_is_named_with_what_it_refuses(message, info):
    error = explained("RequestDisallowedByPolicy", message, status=403, info=info)

    assert error.code == "RequestDisallowedByPolicy"
    for text in (error.reason, error.remedy):
        assert "policy `No public addresses`" in text
        assert "`nb-abc-nic`" in text


def test_a_missing_registration_names_the_provider():
    message = "The subscription is not registered to use namespace 'Microsoft.Compute'. See"

    error = explained("MissingSubscriptionRegistration", message)

    assert "`az provider register --namespace Microsoft.Compute`" in error.remedy


ADMIN_CODES = sorted(code for code, row in MEANINGS.items() if row.kind is Kind.SETUP)


@pytest.mark.parametrize("code", ADMIN_CODES)
def test_what_only_an_admin_can_mend_has_a_text_for_each_of_both(code):
    error = explained(code)

    assert error.code in NEEDS_ADMIN
    assert "NOTEBOOK_BOT" not in error.reason, "a member has no settings"
    assert "dmin" in error.reason, "the member reads whom to ask"
    assert error.remedy.endswith(".")
    assert error.remedy != error.reason


def test_each_admin_code_comes_from_a_table_or_from_the_sign_in():
    by_sign_in = {"SignInRefused", "SecretExpired", "Certificate"}

    assert {MEANINGS[code].code for code in ADMIN_CODES} | by_sign_in == NEEDS_ADMIN


def test_only_an_extensions_last_lines_are_shown():
    message = "\n".join(f"line {number}" for number in range(100))

    error = explained("VMExtensionProvisioningError", message)

    assert "line 97 / line 98 / line 99" in str(error)
    assert "line 96" not in str(error)


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("SomethingNew", 429, "", NotYet),
        ("SomethingNew", 408, "", NotYet),
        ("SomethingNew", 500, "", NotYet),
        ("SomethingNew", 400, "", PermanentError),
        ("SomethingNew", 401, "", PermanentError),
        ("SomethingNew", 404, "", PermanentError),
        ("SomethingNew", 409, "No, never.", PermanentError),
        ("SomethingNew", 409, "Another operation is in progress.", NotYet),
        ("ReadOnlyDisabledSubscription", 409, "in progress", PermanentError),
        ("ScopeLocked", 409, "in progress", PermanentError),
        ("Http404", 404, "Not Found", NotYet),
        ("Http409", 409, "Conflict", NotYet),
        ("Http502", 502, "Bad Gateway", NotYet),
        ("Http200", 200, "OK", NotYet),
        ("Http403", 403, "Forbidden", PermanentError),
    ],
)
def test_the_code_decides_before_the_status(code, status, message, kind):
    assert type(explained(code, message, status=status)) is kind


def test_a_disk_that_a_machine_still_holds_is_retried():
    message = "Disk 'nb-disk' is attached to VM '/subscriptions/s/nb-vm'."

    assert isinstance(explained("OperationNotAllowed", message, status=409), NotYet)


def test_an_unknown_refusal_names_code_and_operation_but_not_the_body():
    error = explained("SomethingNew", "internal: /subscriptions/secret", status=400)

    assert "Azure refused to create the machine (SomethingNew)" in str(error)
    assert "subscriptions" not in str(error)


def test_retry_after_is_bounded():
    assert explained("TooManyRequests", retry_after=3).retry_in == 3
    assert explained("TooManyRequests", retry_after=600).retry_in == 30


def refused_sign_in(text, *, status=None):
    error = ClientAuthenticationError(text)
    error.status_code = status
    return from_sdk(error, "create the machine", FACTS)


@pytest.mark.parametrize(
    ("number", "field", "code"),
    [
        ("90002", "TENANT_ID", "SignInRefused"),
        ("700016", "CLIENT_ID", "SignInRefused"),
        ("7000215", "CLIENT_SECRET", "SignInRefused"),
        ("7000222", "CLIENT_SECRET", "SecretExpired"),
    ],
)
def test_a_refused_sign_in_names_the_setting_that_is_wrong(number, field, code, caplog):
    error = refused_sign_in(f"AADSTS{number}: blah blah. Trace ID: 123")

    assert (type(error), error.code) == (PermanentError, code)
    assert f"NOTEBOOK_BOT_AZURE__{field}" in error.remedy
    assert error.remedy.count("NOTEBOOK_BOT_") == 1
    assert "Trace" not in error.for_admins
    assert "NOTEBOOK_BOT" not in error.reason
    assert f"AADSTS{number}" in caplog.text


def test_an_unknown_refusal_to_sign_in_names_all_three():
    error = refused_sign_in("AADSTS53003: Access has been blocked by Conditional Access")

    assert "AADSTS53003" in error.remedy
    assert error.remedy.count("NOTEBOOK_BOT_AZURE__") == 3


@pytest.mark.parametrize(
    ("text", "status"),
    [("AADSTS90033: A transient error has occurred.", 400), ("<html>Bad Gateway</html>", 502)],
)
def test_a_problem_of_microsoft_entras_own_is_retried(text, status):
    assert isinstance(refused_sign_in(text, status=status), NotYet)


def test_an_untrusted_certificate_names_the_setting_of_the_ca_file():
    error = ServiceRequestError("certificate verify failed: self-signed certificate")

    assert "NOTEBOOK_BOT_AZURE__CA_FILE" in from_sdk(error, "sign in", FACTS).remedy


def test_a_refused_connection_is_retried():
    error = ServiceRequestError("Cannot connect to host 127.0.0.1:1")

    assert isinstance(from_sdk(error, "create the machine", FACTS), NotYet)
