"""From the reference on a failure's card to log, steps and Azure's request ids, in one command."""

import io
import json
import logging
import re

import pytest

from bot.cli.trace import trace
from bot.process.logs import configure_logs
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts, Patience
from provisioning.core.errors import UserError
from tests.integration.handlers.world import until, world


@pytest.fixture
def log(tmp_path):
    """The bot's log as a file, as a supervisor keeps it."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    configure_logs("json", logging.INFO, stream)

    def written():
        file = tmp_path / "bot.log"
        file.write_text(stream.getvalue())
        return file

    yield written
    logging.getLogger().handlers = handlers
    logging.getLogger().setLevel(level)


async def test_a_cards_reference_leads_to_azures_request_id(tmp_path, config, azure, log):
    mine = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=0.3))
    parts = {"cloud": mine, "schedules": {}, "engine": None}
    await azure.fault("publicIPAddresses.put", "PublicIPCountLimitReached", count=100)
    async with world(tmp_path / "bot", parts=parts) as place:
        await place.type("create ubuntu sales")

        async def reference():
            found = re.findall(r"[a-z0-9]{12}-\d+", json.dumps(await place.dms("U_ANA")))
            return found[0] if found else None

        shown = await until(reference, seconds=60)
        lines = []
        await trace(place.bot.settings, shown, [log()], lines.append)
    said = "\n".join(lines)
    assert re.search(r"audit .* U_ANA create accepted", said)
    assert re.search(r"step .* create\.network_and_address .* failed PublicIPCountLimit", said)
    refused = [line for line in lines if '"status": 400' in line and "publicIPAddresses" in line]
    assert refused
    assert all(re.search(r'"request_id": "[0-9a-f-]{36}"', line) for line in refused)
    # Slack's delivery, its command, and the work that it began.
    assert any('"event": "command"' in line and "delivery" in line for line in lines)
    assert any('"event": "work begins"' in line and shown in line for line in lines)


async def test_an_unknown_reference_is_one_sentence(tmp_path, config, log):
    async with world(tmp_path / "bot") as place:
        with pytest.raises(UserError, match="Nothing is known of abcdefabcdef-1"):
            await trace(place.bot.settings, "abcdefabcdef-1", [log()], print)
        with pytest.raises(UserError, match="can't be read"):
            await trace(place.bot.settings, "0badcafe", [tmp_path / "none.log"], print)
