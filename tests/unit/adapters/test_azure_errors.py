"""Each code of the table becomes a sentence with a next step."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from provisioning.adapters.azure.codes import MEANINGS, QUOTA_PAGE, Kind
from provisioning.adapters.azure.errors import AzureFailure, core_error, from_sdk, sign_in_sentence
from provisioning.core.errors import NotYet, PermanentError, UserError

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


def explained(code, message="", *, status=None, retry_after=None, at_start=False):
    failure = AzureFailure(code, message, status, retry_after)
    return core_error(failure, "create the machine", FACTS, at_start=at_start)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_code_of_the_table_is_a_whole_sentence(code):
    meaning = MEANINGS[code]
    error = explained(code, "details", at_start=meaning.kind is Kind.SETUP)

    kinds = {Kind.PERMANENT: PermanentError, Kind.NOT_YET: NotYet, Kind.SETUP: UserError}
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


def test_a_missing_right_is_named_with_a_role_that_includes_it():
    error = explained("AuthorizationFailed", FORBIDDEN, status=403)

    assert isinstance(error, PermanentError)
    assert "`Microsoft.Network/publicIPAddresses/write`" in error.reason
    assert "role Network Contributor on the resource group `nb`" in error.reason


def test_a_missing_registration_names_the_provider():
    message = "The subscription is not registered to use namespace 'Microsoft.Compute'. See"

    assert "`az provider register --namespace Microsoft.Compute`" in str(
        explained("MissingSubscriptionRegistration", message)
    )


def test_only_an_extensions_last_lines_are_shown():
    message = "\n".join(f"line {number}" for number in range(100))

    error = explained("VMExtensionProvisioningError", message)

    assert "line 97 / line 98 / line 99" in str(error)
    assert "line 96" not in str(error)


@pytest.mark.parametrize(("status", "kind"), [(429, NotYet), (500, NotYet), (503, NotYet)])
def test_an_unknown_code_is_judged_by_its_status(status, kind):
    assert type(explained("SomethingNew", status=status)) is kind


def test_an_unknown_refusal_names_code_and_operation_but_not_the_body():
    error = explained("SomethingNew", "internal: /subscriptions/secret", status=400)

    assert "Azure refused to create the machine (SomethingNew)" in str(error)
    assert "subscriptions" not in str(error)


def test_retry_after_is_bounded():
    assert explained("TooManyRequests", retry_after=3).retry_in == 3
    assert explained("TooManyRequests", retry_after=600).retry_in == 30


def test_a_wrong_setting_is_a_user_error_only_at_start():
    assert isinstance(explained("ResourceGroupNotFound", at_start=True), UserError)
    assert isinstance(explained("ResourceGroupNotFound"), PermanentError)


@pytest.mark.parametrize(
    ("number", "field"),
    [
        ("90002", "TENANT_ID"),
        ("700016", "CLIENT_ID"),
        ("7000215", "CLIENT_SECRET"),
        ("7000222", "CLIENT_SECRET"),
    ],
)
def test_a_refused_sign_in_names_the_setting_that_is_wrong(number, field):
    sentence = sign_in_sentence(f"AADSTS{number}: blah blah. Trace ID: 123")

    assert f"NOTEBOOK_BOT_AZURE__{field}" in sentence
    assert sentence.count("NOTEBOOK_BOT_") == 1
    assert "Trace" not in sentence


def test_an_unknown_refusal_to_sign_in_names_all_three():
    sentence = sign_in_sentence("AADSTS53003: Access has been blocked by Conditional Access")

    assert "AADSTS53003" in sentence
    assert sentence.count("NOTEBOOK_BOT_AZURE__") == 3


def test_a_refused_sign_in_is_a_user_error_at_start_and_permanent_later():
    error = ClientAuthenticationError("AADSTS7000215: Invalid client secret")

    assert isinstance(from_sdk(error, "sign in", FACTS, at_start=True), UserError)
    assert isinstance(from_sdk(error, "sign in", FACTS), PermanentError)


def test_an_untrusted_certificate_names_the_setting_of_the_ca_file():
    error = ServiceRequestError("certificate verify failed: self-signed certificate")

    assert "NOTEBOOK_BOT_AZURE__CA_FILE" in str(from_sdk(error, "sign in", FACTS, at_start=True))


def test_a_refused_connection_is_retried():
    error = ServiceRequestError("Cannot connect to host 127.0.0.1:1")

    assert isinstance(from_sdk(error, "create the machine", FACTS), NotYet)
