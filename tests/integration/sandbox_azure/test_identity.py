"""Sign-in, and ARM's refusal of requests without it."""

import asyncio
import ssl
import time

import aiohttp
import pytest
from azure.core.exceptions import ClientAuthenticationError

from bot.sandbox.azure.app import CLIENT, SUBSCRIPTION, TENANT, LocalAzure

UNKNOWN = "00000000-0000-0000-0000-000000000fff"


async def test_the_right_secret_gets_a_token_that_arm_takes(empty_portal):
    token = await empty_portal.credential.get_token(f"{empty_portal.url}/.default")

    assert token.expires_on > time.time() + 3000
    assert [group async for group in empty_portal.resources.resource_groups.list()] == []


@pytest.mark.parametrize(
    ("wrong", "number", "status"),
    [
        ({"secret": "wrong"}, 7000215, 401),
        ({"client": UNKNOWN}, 700016, 400),
        ({"tenant": UNKNOWN}, 90002, 400),
    ],
)
async def test_a_wrong_identity_is_refused_as_entra_does(empty_portal, wrong, number, status):
    credential = empty_portal.sign_in(**wrong)

    with pytest.raises(ClientAuthenticationError, match=f"AADSTS{number}: ") as caught:
        await credential.get_token(f"{empty_portal.url}/.default")

    assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({}, 900144),
        ({"grant_type": "password", "client_id": CLIENT, "scope": "x/.default"}, 70003),
        ({"grant_type": "client_credentials", "client_id": CLIENT, "scope": "openid"}, 1002012),
    ],
)
async def test_a_malformed_sign_in_names_its_number(empty_portal, form, number):
    url = f"{empty_portal.url}/{TENANT}/oauth2/v2.0/token"

    async with empty_portal.session.post(url, data=form) as response:
        body = await response.json()

    assert response.status == 400
    assert body["error_codes"] == [number]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "a"}])
async def test_arm_refuses_who_has_no_token(empty_portal, header):
    url = f"{empty_portal.url}/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01"

    async with empty_portal.session.get(url, headers=header) as response:
        body = await response.json()

    assert response.status == 401
    assert body["error"]["code"] == "InvalidAuthenticationToken"


async def test_a_token_that_somebody_changed_is_refused(empty_portal, server):
    token = (await empty_portal.credential.get_token("x/.default")).token
    header, claims, signature = token.split(".")

    assert server.identity.is_valid(f"Bearer {token}")
    assert not server.identity.is_valid(f"Bearer {header}.{claims}A.{signature}")


async def test_an_expired_token_is_refused(empty_portal, server):
    server.identity.token_seconds = 1
    token = (await empty_portal.sign_in().get_token("x/.default")).token

    async with asyncio.timeout(120):
        while server.identity.is_valid(f"Bearer {token}"):
            await asyncio.sleep(0.05)


async def test_a_token_outlives_a_restart_of_the_server(tmp_path, machines):
    folder = tmp_path / "azure"
    async with LocalAzure.running(folder, machines=machines) as first:
        context = ssl.create_default_context(cafile=first.ca_file)
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session:
            form = {
                "grant_type": "client_credentials",
                "client_id": CLIENT,
                "client_secret": "sandbox-secret",
                "scope": "x/.default",
            }
            url = f"{first.url}/{TENANT}/oauth2/v2.0/token"
            async with session.post(url, data=form) as response:
                token = (await response.json())["access_token"]

    async with LocalAzure.running(folder, machines=machines) as second:
        assert second.identity.is_valid(f"Bearer {token}")


async def test_the_certificate_and_its_keys_are_private_and_kept(tmp_path, machines):
    folder = tmp_path / "azure"
    async with LocalAzure.running(folder, machines=machines) as first:
        authority = first.ca_file.read_bytes()
    async with LocalAzure.running(folder, machines=machines) as second:
        assert second.ca_file.read_bytes() == authority

    private = [path for path in folder.iterdir() if path.name != "ca.pem"]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert b"PRIVATE" not in authority


async def test_the_discovery_documents_lead_to_the_token_endpoint(empty_portal):
    url = f"{empty_portal.url}/{TENANT}/v2.0/.well-known/openid-configuration"
    async with empty_portal.session.get(url) as response:
        configuration = await response.json()
    async with empty_portal.session.get(
        f"{empty_portal.url}/common/discovery/instance", params={"api-version": "1.1"}
    ) as response:
        instance = await response.json()

    assert configuration["token_endpoint"] == f"{empty_portal.url}/{TENANT}/oauth2/v2.0/token"
    assert instance["tenant_discovery_endpoint"] == url


async def test_traffic_never_shows_secrets(empty_portal):
    token = (await empty_portal.credential.get_token("x/.default")).token

    traffic = str(await empty_portal.sandbox("GET", "traffic"))

    assert "/oauth2/v2.0/token" in traffic
    assert "sandbox-secret" not in traffic
    assert token not in traffic
