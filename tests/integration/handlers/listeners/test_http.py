"""Delivery over HTTP: signed requests from Slack to the bot."""

import io
import json
import re
import time
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from provisioning.core.errors import UserError
from tests.integration.handlers.world import world

SECRET = "sandbox-signing-secret"


@pytest.fixture
async def place(tmp_path):
    async with world(tmp_path, mode="http", http_port=0) as running:
        yield running


async def deliver(place, payload, age=0, secret=SECRET):
    """Send a signed request as Slack would; return the status and the body of the answer."""
    body = urlencode(payload)
    now = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": signature,
    }
    url = f"http://127.0.0.1:{place.receiver.port}/slack/events"
    async with place.session.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.text()


def command(text, trigger="trigger-1"):
    return {
        "command": "/notebook",
        "text": text,
        "user_id": "U_ANA",
        "user_name": "ana",
        "team_id": "T_SANDBOX",
        "channel_id": "C_GENERAL",
        "trigger_id": trigger,
        "response_url": "http://127.0.0.1:9/expired",
    }


async def test_a_signed_command_is_answered_to_the_person_alone(place):
    status, text = await deliver(place, command("create ubuntu sales"))
    answer = json.loads(text)
    assert (status, answer["response_type"]) == (200, "ephemeral")
    assert "sales" in answer["text"]


async def test_a_repeated_request_makes_nothing_twice(place):
    first = await deliver(place, command("create ubuntu"))
    assert await deliver(place, command("create ubuntu")) == first
    assert len(await place.store.list_servers()) == 1
    assert len(place.work.asked) == 1


@pytest.mark.parametrize(("age", "secret"), [(301, SECRET), (0, "another-secret")])
async def test_an_old_or_forged_request_is_refused(place, age, secret):
    status, _ = await deliver(place, command("create ubuntu"), age, secret)
    assert status == 401
    assert await place.store.list_servers() == []


def signed(body):
    now = str(int(time.time()))
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body),
    }


@pytest.mark.parametrize(
    ("body", "is_signed", "status"),
    [
        ("payload=%7Bnot", False, 401),
        ("payload=%7Bnot", True, 400),
        ("payload=" + "x" * (1 << 21), False, 413),
        ("\xff\xfe", False, 401),
    ],
)
async def test_a_bad_body_is_refused_without_a_traceback_or_the_body_in_the_log(
    place, caplog, body, is_signed, status
):
    headers = signed(body) if is_signed else {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"http://127.0.0.1:{place.receiver.port}/slack/events"
    with capture_logs() as logs:
        content = io.BytesIO(body.encode("latin-1"))
        async with place.session.post(url, data=content, headers=headers) as answer:
            assert answer.status == status
    written = f"{logs}{caplog.text}"
    assert "Traceback" not in written
    assert body[:12] not in written


async def test_an_error_that_no_listener_catches_is_answered_with_a_reference(place):
    malformed = command("list")
    del malformed["trigger_id"]
    with capture_logs() as logs:
        status, text = await deliver(place, malformed)
    reference = re.search(r"reference `([0-9a-f]{8})`", text).group(1)
    assert status == 200
    assert [each for each in logs if each.get("reference") == reference]


async def test_a_click_on_an_unknown_button_is_acknowledged(place):
    click = {
        "type": "block_actions",
        "user": {"id": "U_ANA"},
        "team": {"id": "T_SANDBOX"},
        "trigger_id": "t",
        "actions": [{"type": "button", "action_id": "of_an_older_version", "block_id": "b"}],
    }
    assert await deliver(place, {"payload": json.dumps(click)}) == (200, "")


async def test_slack_can_verify_the_address(place):
    url = f"http://127.0.0.1:{place.receiver.port}/slack/events"
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    now = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body),
    }
    async with place.session.post(url, data=body, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"challenge": "abc"})


async def test_the_health_check_answers(place):
    async with place.session.get(f"http://127.0.0.1:{place.receiver.port}/healthz") as answer:
        assert answer.status == 200


async def test_without_a_signing_secret_it_does_not_start(tmp_path):
    async with world(tmp_path, start=False, mode="http", signing_secret="") as place:
        with pytest.raises(UserError, match="NOTEBOOK_BOT_SLACK__SIGNING_SECRET"):
            await place.start_bot()


async def test_the_error_for_a_port_in_use_names_it(place, tmp_path):
    taken = place.receiver.port
    (tmp_path / "other").mkdir()
    async with world(tmp_path / "other", start=False, mode="http", http_port=taken) as second:
        with pytest.raises(UserError, match=f"listen on 127.0.0.1:{taken}"):
            await second.start_bot()
