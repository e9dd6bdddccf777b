"""The identity of the machine on which the bot runs, by a local metadata service."""

from dataclasses import replace

import pytest
from aiohttp import web

from provisioning.adapters.azure.client import AzureClients


@pytest.fixture
async def asked(monkeypatch, unused_tcp_port):
    """The client ids for which the metadata service was asked for a token."""
    asked = []

    async def token(request):
        asked.append(request.query.get("client_id"))
        answer = {"access_token": "token", "expires_in": "3600", "token_type": "Bearer"}
        return web.json_response(answer | {"expires_on": "4102444800", "resource": "x"})

    application = web.Application()
    application.router.add_get("/metadata/identity/oauth2/token", token)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    host = f"http://127.0.0.1:{unused_tcp_port}"
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", host)
    yield asked
    await runner.cleanup()


@pytest.mark.parametrize("client_id", ["00000000-0000-0000-0000-0000000000ff", ""])
async def test_the_client_id_of_the_settings_chooses_the_managed_identity(config, asked, client_id):
    clients = AzureClients(replace(config, client_secret="", client_id=client_id))

    token = await clients.credential.get_token(clients.scope)
    await clients.close()

    assert token.token == "token"
    assert asked[-1] == (client_id or None)
