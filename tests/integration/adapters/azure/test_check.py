"""The check at start: each wrong setting is named, with how to fix it."""

from dataclasses import replace

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet, PermanentError, UserError

NOBODY = "00000000-0000-0000-0000-0000000000ff"


async def refusal(config, **changes):
    cloud = open_cloud(replace(config, **changes), "test", OpenPorts())
    try:
        with pytest.raises((UserError, PermanentError)) as refused:
            await cloud.account.check()
    finally:
        await cloud.account.close()
    error = refused.value
    return error.for_admins if isinstance(error, PermanentError) else error.message


async def test_right_settings_pass_and_the_group_is_made(config, azure):
    cloud = open_cloud(config, "test", OpenPorts())

    await cloud.account.check()
    await cloud.account.check()
    await cloud.account.close()

    groups = [r for r in await azure.requests() if r.method == "PUT" and r.name == "group"]
    assert len(groups) == 1


async def test_the_providers_are_registered_at_the_first_start(config, azure):
    cloud = open_cloud(config, "test", OpenPorts())

    await cloud.account.check()
    await cloud.account.close()

    registered = {r.path.split("/")[-2] for r in await azure.requests() if "/register" in r.path}
    assert registered == {"Microsoft.Compute", "Microsoft.Network"}


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"client_secret": "wrong"}, "CLIENT_SECRET"),
        ({"client_id": NOBODY}, "CLIENT_ID"),
        ({"tenant_id": NOBODY}, "TENANT_ID"),
        ({"client_id": ""}, "CLIENT_ID"),
        ({"tenant_id": "not/a/tenant"}, "TENANT_ID"),
        ({"subscription_id": NOBODY}, "SUBSCRIPTION_ID"),
        ({"subscription_id": ""}, "SUBSCRIPTION_ID"),
        ({"region": "atlantis"}, "REGION"),
    ],
)
async def test_a_wrong_setting_is_named(config, changes, variable):
    message = await refusal(config, **changes)

    assert f"NOTEBOOK_BOT_AZURE__{variable}" in message


async def test_the_secret_is_in_no_message(config):
    assert "sand-wrong-box" not in await refusal(config, client_secret="sand-wrong-box")
    assert "sandbox-secret" not in repr(config)


async def test_an_unknown_certificate_authority_names_the_ca_file(config):
    assert "NOTEBOOK_BOT_AZURE__CA_FILE" in await refusal(config, ca_file=None)


async def test_a_missing_file_of_authorities_is_named(config, tmp_path):
    message = await refusal(config, ca_file=tmp_path / "nothing.pem")

    assert "nothing.pem" in message
    assert "NOTEBOOK_BOT_AZURE__CA_FILE" in message


async def test_a_missing_right_is_named_with_a_role_that_has_it(config, azure):
    await azure.fault("resourceGroups.put", "AuthorizationFailed")

    told = await refusal(config)

    assert "`Microsoft.Resources/subscriptions/resourceGroups/write`" in told
    assert "docs/azure-role.json" in told


async def test_an_azure_that_does_not_answer_is_not_yet(config, unused_tcp_port):
    down = f"https://127.0.0.1:{unused_tcp_port}"
    cloud = open_cloud(replace(config, management_url=down, authority=down), "test", OpenPorts())

    with pytest.raises(NotYet):
        await cloud.account.check()
    await cloud.account.close()
