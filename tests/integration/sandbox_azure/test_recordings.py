"""Local Azure answers as the real one did in recorded sessions: status, headers and shape.

The sessions are of Azure/azure-libraries-for-net, 2019-2021. They are no part of this repository:
`ARM_RECORDINGS` names their folder, `shared/fixtures/arm` beside the repository otherwise.
"""

import json
import os
import re
import ssl
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.azure.app import OWNER, OWNER_SECRET, SUBSCRIPTION, TENANT, LocalAzure
from tests.integration.sandbox_azure.replay import Replay

REPOSITORY = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("ARM_RECORDINGS") or REPOSITORY.parent / "shared" / "fixtures" / "arm")
SESSIONS = FOLDER / "sessions-net.json"
LEAST = 0.99


@pytest.mark.long
@pytest.mark.skipif(not SESSIONS.exists(), reason=f"{SESSIONS} is not on this computer")
async def test_local_azure_answers_as_recorded(tmp_path, machines):
    running = LocalAzure.running(tmp_path / "azure", machines=machines, speed=2000, seed=1)
    async with running as server:
        form = {"grant_type": "client_credentials", "scope": f"{server.url}/.default"}
        form |= {"client_id": OWNER, "client_secret": OWNER_SECRET}
        context = ssl.create_default_context(cafile=server.ca_file)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as http:
            token = f"{server.url}/{TENANT}/oauth2/v2.0/token"
            async with http.post(token, data=form) as answer:
                http.headers["Authorization"] = f"Bearer {(await answer.json())['access_token']}"
            await register(server, http)
            pairs = []
            for number, session in enumerate(json.loads(SESSIONS.read_text())):
                replay = Replay(server.url, SUBSCRIPTION, http, number, session["file"])
                pairs += await replay.run(session["entries"])

    differing = [f"{p.session}: {p.request}: {p.differences}" for p in pairs if p.differences]
    assert len(pairs) > 400
    assert len(differing) <= (1 - LEAST) * len(pairs), "\n".join(differing)
    kinds = {re.sub(r".*/providers/", "", p.request.lower()).split("/")[1] for p in pairs if
             "/providers/" in p.request.lower()}  # fmt: skip
    assert kinds >= {"virtualmachines", "disks", "snapshots", "networkinterfaces", "locations"}


async def register(server, http):
    for namespace in ("Microsoft.Compute", "Microsoft.Network"):
        where = f"{server.url}/subscriptions/{SUBSCRIPTION}/providers/{namespace}"
        version = {"api-version": "2021-04-01"}
        async with http.post(f"{where}/register", params=version):
            pass
        for _ in range(2):
            async with http.get(where, params=version):
                pass
