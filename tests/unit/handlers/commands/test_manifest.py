"""The app's manifest: from the table of commands, for each mode."""

import json

import pytest
from pydantic import ValidationError

from handlers.commands.manifest import manifest
from handlers.listeners.table import COMMANDS
from tests.unit.handlers.commands.slack_manifest import Manifest


def test_the_usage_hint_is_short_enough_for_slacks_composer():
    (command,) = manifest(COMMANDS)["features"]["slash_commands"]
    words = [each.split()[0] for each in command["usage_hint"].split("|")]
    assert all(COMMANDS.find(word) for word in words)
    assert len(command["usage_hint"]) <= 40


def test_socket_mode_needs_no_address_and_http_has_one_for_each_kind_of_delivery():
    socket, http = (
        manifest(COMMANDS, mode="socket"),
        manifest(COMMANDS, mode="http", url="https://bot.example/in"),
    )
    assert "https://" not in json.dumps(socket)
    assert json.dumps(http).count("https://bot.example/in") == 3
    assert socket["settings"]["socket_mode_enabled"]
    assert not http["settings"]["socket_mode_enabled"]


def test_the_command_can_have_another_name():
    (command,) = manifest(COMMANDS, command="/nb")["features"]["slash_commands"]
    assert command["command"] == "/nb"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_slack_takes_it(mode):
    printed = json.dumps(manifest(COMMANDS, mode=mode))
    Manifest.model_validate_json(printed)


def test_a_key_that_slack_does_not_know_is_found():
    with pytest.raises(ValidationError):
        Manifest.model_validate(manifest(COMMANDS) | {"feature": {}})
