"""Faults on request, as the real SDK and the real bolt meet them."""

import time

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack.delivery import DEADLINE_SECONDS

from .workspace import Refused, connected, until


@pytest_asyncio.fixture
async def received(slack, app):
    """An app that acknowledges commands and visits of Home, and its payloads."""
    bodies = []

    @app.command("/notebook")
    @app.event("app_home_opened")
    async def on_request(ack, body):
        bodies.append(body)
        await ack()

    async with connected(slack, app):
        yield bodies


async def test_a_rate_limit_strikes_so_many_times_and_says_when_to_come_back(sandbox, client):
    await sandbox.faults(rate_limit={"auth.test": {"retry_after": 2, "count": 2}})
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await client.auth_test()
        answer = refused.value.response
        assert (answer.status_code, answer["error"]) == (429, "ratelimited")
        assert answer.headers["Retry-After"] == "2"
    assert (await client.auth_test())["ok"] is True


async def test_a_failure_has_the_error_and_the_status_that_were_asked_for(sandbox, client, ana):
    await sandbox.faults(fail={"chat.postMessage": {"error": "fatal_error", "status": 500}})
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="U_ANA", text="Hello")
    assert (refused.value.response.status_code, refused.value.response["error"]) == (
        500,
        "fatal_error",
    )
    assert await ana.sees() == []


async def test_a_dropped_call_ends_without_an_answer(sandbox, client, ana):
    await sandbox.faults(drop={"chat.postMessage": {"count": 2}})
    client.retry_handlers.clear()
    for _ in range(2):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.chat_postMessage(channel="U_ANA", text="Hello")
    await client.chat_postMessage(channel="U_ANA", text="Again")
    assert [each["text"] for each in await ana.sees()] == ["Again"]


async def test_a_call_whose_answer_is_lost_has_done_its_work(sandbox, client, ana):
    await sandbox.faults(lose={"chat.postMessage": {"count": 1}})
    client.retry_handlers.clear()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel="U_ANA", text="Hello")
    assert [each["text"] for each in await ana.sees()] == ["Hello"]


@pytest.mark.parametrize("deadline", [DEADLINE_SECONDS])
async def test_a_lost_acknowledgement_times_out_though_the_app_ran(sandbox, ana, received):
    await sandbox.faults(ack={"mode": "lost"})
    assert (await ana.types("list"))["error"] == "operation_timeout"
    assert len(received) == 1
    assert (await ana.types("list"))["error"] is None


@pytest.mark.parametrize("deadline", [DEADLINE_SECONDS])
@pytest.mark.parametrize(("seconds", "error"), [(0.3, None), (4, "operation_timeout")])
async def test_a_late_acknowledgement_counts_within_three_seconds(
    sandbox, ana, received, seconds, error
):
    await sandbox.faults(ack={"mode": "late", "seconds": seconds})
    answer = await ana.types("list")
    assert answer["error"] == error
    assert answer["ack_ms"] >= min(seconds, 3) * 1000


async def test_a_duplicate_envelope_reaches_the_app_twice_with_one_trigger(sandbox, ana, received):
    await sandbox.faults(duplicate_envelopes=1)
    await ana.types("create ubuntu")
    first, second = received
    assert first == second
    await ana.types("list")
    assert len(received) == 3


async def test_an_event_comes_again_with_the_same_id(sandbox, ana, received):
    await sandbox.faults(event_retries=2)
    await ana.visits_home()
    await until(lambda: len(received) == 3)
    assert len({body["event_id"] for body in received}) == 1


@pytest.mark.parametrize("fault", [{"socket_cut": True}, {"socket_disconnect": "warning"}])
async def test_an_app_that_loses_its_socket_opens_another(sandbox, ana, received, fault):
    await sandbox.faults(**fault)

    async def served():
        return (await ana.types("list"))["error"] is None

    await until(served, seconds=20)
    opened = [each for each in await sandbox.traffic() if each["method"] == "apps.connections.open"]
    assert len(opened) == 2


@pytest.mark.parametrize("deadline", [DEADLINE_SECONDS])
async def test_a_deaf_socket_delivers_nothing_for_a_while(sandbox, ana, received):
    await sandbox.faults(socket_deaf=0.5)
    until_then = time.monotonic() + 0.5
    assert (await ana.types("list"))["error"] == "operation_timeout"
    assert time.monotonic() > until_then
    assert (await ana.types("list"))["error"] is None
    assert len(received) == 1


async def test_a_revoked_token_is_told_by_auth_test_until_it_is_cleared(sandbox, client):
    await sandbox.faults(auth_test="token_revoked")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="token_revoked"):
            await client.auth_test()
    await sandbox.call("DELETE", "faults")
    assert (await client.auth_test())["ok"] is True


async def test_response_urls_can_be_made_to_expire(sandbox, ana, received):
    await ana.types("list")
    webhook = AsyncWebhookClient(received[0]["response_url"])
    await sandbox.faults(response_url_expired=True)
    assert (await webhook.send(text="Late")).status_code == 404
    await sandbox.call("DELETE", "faults")
    assert (await webhook.send(text="Early")).status_code == 200


async def test_faults_add_up_and_show_the_counts_that_are_left(sandbox, client):
    await sandbox.faults(rate_limit={"auth.test": {"retry_after": 1, "count": 2}})
    await sandbox.faults(duplicate_envelopes=3)
    with pytest.raises(SlackApiError):
        await client.auth_test()
    assert (await sandbox.call("GET", "faults"))["faults"] == {
        "rate_limit": {"auth.test": {"retry_after": 1, "count": 1}},
        "duplicate_envelopes": 3,
    }
    await sandbox.call("DELETE", "faults")
    assert (await sandbox.call("GET", "faults"))["faults"] == {}


@pytest.mark.parametrize(
    "wrong",
    [{"rate_limits": {}}, {"ack": {"mode": "never"}}, {"socket_deaf": "long"}],
    ids=["name", "word", "number"],
)
async def test_a_fault_that_does_not_exist_is_refused(sandbox, wrong):
    with pytest.raises(Refused) as refused:
        await sandbox.faults(**wrong)
    assert refused.value.status == 400
    assert next(iter(wrong)) in refused.value.error
