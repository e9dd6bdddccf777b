"""What Azure's command line and older libraries ask for before anything else."""

import pytest

from bot.sandbox.azure.app import OWNER, OWNER_SECRET, SUBSCRIPTION, TENANT


async def asked(portal, path, **headers):
    url = f"{portal.url}{path}?api-version=2022-09-01"
    async with portal.session.get(url, headers=headers) as response:
        return response.status, await response.json()


@pytest.fixture
async def token(portal):
    found = await portal.credential.get_token(f"{portal.url}/.default")
    return {"Authorization": f"Bearer {found.token}"}


async def test_the_cloud_says_where_to_sign_in(portal):
    status, cloud = await asked(portal, "/metadata/endpoints")

    assert status == 200
    assert cloud["resourceManager"] == f"{portal.url}/"
    assert cloud["authentication"]["loginEndpoint"] == portal.url
    assert cloud["authentication"]["tenant"] == TENANT


async def test_an_identity_finds_its_tenant_subscription_regions_and_providers(portal, token):
    _, tenants = await asked(portal, "/tenants", **token)
    _, subscriptions = await asked(portal, "/subscriptions", **token)
    whole = f"/subscriptions/{SUBSCRIPTION}"
    _, regions = await asked(portal, f"{whole}/locations", **token)
    _, providers = await asked(portal, f"{whole}/providers", **token)

    assert [each["tenantId"] for each in tenants["value"]] == [TENANT]
    [mine] = subscriptions["value"]
    assert (mine["subscriptionId"], mine["tenantId"], mine["state"]) == (
        *(SUBSCRIPTION, TENANT),
        "Enabled",
    )
    assert "westeurope" in {each["name"] for each in regions["value"]}
    states = {each["namespace"]: each["registrationState"] for each in providers["value"]}
    assert states["Microsoft.Compute"] == "Registered"


@pytest.mark.parametrize("path", ["/tenants", "/subscriptions"])
async def test_without_a_token_neither_is_shown(portal, path):
    status, answer = await asked(portal, path)
    assert (status, answer["error"]["code"]) == (401, "InvalidAuthenticationToken")


async def test_an_older_library_signs_in_by_resource(portal):
    form = {"grant_type": "client_credentials", "resource": f"{portal.url}/"}
    form |= {"client_id": OWNER, "client_secret": OWNER_SECRET}
    async with portal.session.post(f"{portal.url}/{TENANT}/oauth2/token", data=form) as response:
        answer = await response.json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert (await asked(portal, "/subscriptions", **headers))[0] == 200

    form["client_secret"] = "wrong"
    async with portal.session.post(f"{portal.url}/{TENANT}/oauth2/token", data=form) as response:
        assert (await response.json())["error_codes"] == [7000215]
