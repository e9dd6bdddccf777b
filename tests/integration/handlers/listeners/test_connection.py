"""The connection to Slack: what ends it, what it survives, and what it logs."""

import asyncio
import logging

import pytest

from bot.slack.receivers import SocketReceiver
from provisioning.core.errors import NotYet, UserError
from tests.integration.handlers.world import DEADLINE_SECONDS, until, world


@pytest.mark.parametrize("token", ["", "xoxb-other", "xapp-sandbox"])
async def test_the_error_for_a_wrong_bot_token_names_its_setting(tmp_path, token):
    async with world(tmp_path, start=False, bot_token=token) as place:
        with pytest.raises(UserError, match="NOTEBOOK_BOT_SLACK__BOT_TOKEN"):
            await place.start_bot()


@pytest.mark.parametrize("token", ["", "xapp-other", "xoxb-sandbox"])
async def test_the_error_for_a_wrong_app_token_names_its_setting(tmp_path, token):
    async with world(tmp_path, start=False, app_token=token) as place:
        with pytest.raises(UserError, match="NOTEBOOK_BOT_SLACK__APP_TOKEN"):
            await asyncio.wait_for(place.start_bot(), DEADLINE_SECONDS)


@pytest.mark.long
async def test_an_unreachable_slack_is_named_as_the_cause(tmp_path):
    async with world(tmp_path, start=False, api_url="http://127.0.0.1:9/api/") as place:
        with pytest.raises(NotYet, match="can't be reached"):
            await place.start_bot()


async def test_a_cut_socket_is_connected_again(place):
    await place.faults(socket_cut=True)

    async def answers():
        return (await place.type_raw("list"))["error"] is None

    await until(answers)


async def test_slack_may_ask_for_a_new_connection(place):
    await place.slack.sockets.disconnect("refresh_requested")

    async def opened_again():
        return len(await place.calls("apps.connections.open")) == 2

    await until(opened_again)
    assert "no servers" in await place.type("list")


async def test_a_command_of_another_name_gets_the_right_name(place):
    assert "I only answer `/notebook`" in await place.type("/other x")


async def test_work_in_flight_is_finished_at_the_end(tmp_path):
    async with world(tmp_path, parts={"answer_seconds": 0.1}) as place:
        place.cloud.gate.clear()
        await place.type("create ubuntu sales")
        closing = asyncio.create_task(place.stop_bot())
        await asyncio.sleep(0)
        place.cloud.gate.set()
        await closing
        assert [server.name for server in await place.store.list_servers()] == ["sales"]
        assert [each for each in await place.ephemerals() if "Standard_B2s" in str(each)]


async def test_no_password_is_logged_at_any_level(place, caplog):
    caplog.set_level(logging.DEBUG)
    server = await place.server()
    await place.cards.post_ready(server, "tulip-4821-harbor-maple")
    assert "tulip-4821" not in caplog.text


@pytest.mark.parametrize("end", ["token revoked", "socket mode turned off"])
async def test_a_running_bot_ends_when_slack_refuses_its_token(place, end):
    refused = asyncio.create_task(place.receiver.until_refused())
    if end == "token revoked":
        await place.faults(
            fail={"apps.connections.open": {"error": "invalid_auth", "count": 99}}, socket_cut=True
        )
    else:
        await place.slack.sockets.disconnect("link_disabled")
    with pytest.raises(UserError, match="NOTEBOOK_BOT_SLACK__APP_TOKEN"):
        await asyncio.wait_for(refused, DEADLINE_SECONDS)


def test_the_socket_receiver_needs_a_running_event_loop():
    with pytest.raises(RuntimeError):
        SocketReceiver(None, None, None)
