"""A second installation has another slash command, and every text names that one."""

import json
import re

import pytest

from handlers.commands.registry import COMMAND, name_command
from tests.integration.handlers.world import world

USUAL = re.compile(r"(?<!\w)/notebook\b")


@pytest.fixture
async def place(tmp_path):
    async with world(tmp_path, parts={"schedules": {}}, command="/nb") as running:
        yield running
    name_command(COMMAND)


async def everything(place) -> str:
    shown = [await place.messages("U_ANA"), await place.ephemerals("U_ANA")]
    return json.dumps(shown)


async def type_as(place, text):
    body = {"user": "U_ANA", "channel": "C_GENERAL", "text": f"/nb {text}"}
    answer = await place._call("POST", "commands", json=body)
    return json.dumps(answer["ack"])


@pytest.mark.parametrize(
    "text", ["", "help", "help create", "list", "dance", "packages x add", "keys"]
)
async def test_no_text_names_the_usual_command(place, text):
    said = await type_as(place, text)
    found = USUAL.search(said)
    assert not found, said[found.start() - 60 :][:140]
    if text.startswith("help"):
        assert "/nb" in said


async def test_the_home_tab_and_a_card_name_it_too(place):
    await place.visit_home("U_ANA")
    assert not USUAL.search(json.dumps(await place.home("U_ANA")))
    await type_as(place, "create ubuntu sales")
    assert not USUAL.search(await everything(place))
