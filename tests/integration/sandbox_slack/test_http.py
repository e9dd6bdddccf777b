"""Delivery over HTTP: signed requests that the real bolt accepts, and retries of events."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack.app import LocalSlack

from .workspace import Person, Sandbox, actions, bolt_app, button, until, web_client

SIGNING_SECRET = "sandbox-signing-secret"
SOON = (0.0, 0.05, 0.1)


@asynccontextmanager
async def serving(handler):
    """An app's request URL, served by the handler."""
    application = web.Application()
    application.router.add_post("/slack/events", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def slack_over_http(folder, handler):
    """A local Slack that delivers to the handler, and Ana in it."""
    async with (
        serving(handler) as request_url,
        LocalSlack.running(folder, request_url=request_url, retry_seconds=SOON) as slack,
        aiohttp.ClientSession() as session,
    ):
        sandbox = Sandbox(slack.url, session)
        yield SimpleNamespace(slack=slack, sandbox=sandbox, ana=Person(sandbox, "U_ANA"))


@pytest.fixture
async def place(tmp_path):
    """A bolt app behind a request URL; `bodies` holds the received bodies."""
    bodies, apps = [], []

    async def receive(request):
        answer = await apps[0].async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def on_request(ack, body):
        bodies.append(body)
        await ack("Done" if "command" in body else "")

    async with slack_over_http(tmp_path, receive) as made:
        app = bolt_app(made.slack.url)
        for listen in (app.command("/notebook"), app.action("stop"), app.event("app_home_opened")):
            listen(on_request)
        apps.append(app)
        made.bodies = bodies
        yield made


async def test_a_command_arrives_signed_and_its_answer_is_shown(place):
    answer = await place.ana.types("list")
    assert (answer["ack"], answer["error"]) == ({"text": "Done"}, None)
    assert (place.bodies[0]["user_id"], place.bodies[0]["text"]) == ("U_ANA", "list")
    assert [each["text"] for each in await place.ana.sees()] == ["Done"]


async def test_a_click_arrives_signed(place):
    blocks = [actions(button("stop", "s1"))]
    client = web_client(place.slack.url)
    await client.chat_postMessage(channel="U_ANA", text="Server", blocks=blocks)
    (card,) = await place.ana.sees()
    assert (await place.ana.clicks(card, "stop"))["error"] is None
    assert place.bodies[0]["actions"][0]["value"] == "s1"


async def test_an_event_arrives_signed(place):
    await place.ana.visits_home()
    assert place.bodies[0]["event"]["user"] == "U_ANA"


async def test_the_signature_is_the_one_that_the_sdk_computes(tmp_path):
    valid = []

    async def receive(request):
        verifier = SignatureVerifier(SIGNING_SECRET)
        valid.append(verifier.is_valid_request(await request.read(), dict(request.headers)))
        return web.Response()

    async with slack_over_http(tmp_path, receive) as place:
        await place.ana.types("create ubuntu & 'ünï'")
    assert valid == [True]


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_any_answer_but_200_is_a_failure(tmp_path, status):
    async def receive(_request):
        return web.Response(status=status)

    async with slack_over_http(tmp_path, receive) as place:
        assert (await place.ana.types("list"))["error"] == "dispatch_failed"


async def test_an_app_that_is_down_is_a_failure(tmp_path):
    async def receive(request):
        request.transport.abort()

    async with slack_over_http(tmp_path, receive) as place:
        assert (await place.ana.types("list"))["error"] == "dispatch_failed"


async def test_an_app_that_hangs_times_out(tmp_path):
    released = asyncio.Event()

    async def receive(_request):
        await released.wait()
        return web.Response()

    async with slack_over_http(tmp_path, receive) as place:
        answer = await place.ana.types("list")
        released.set()
    assert answer["error"] == "operation_timeout"


class FailingApp:
    """Answer events with 500, or with the status in `answers` by number of the try.

    `tries` holds number and reason of each try, by event.
    """

    def __init__(self, **answers):
        self.tries, self.answers = {}, answers

    async def receive(self, request):
        tries = self.tries.setdefault((await request.json())["event_id"], [])
        headers = request.headers
        tries.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason")))
        answer = self.answers.get(f"first_event_{len(tries)}") if len(self.tries) == 1 else None
        return web.Response(status=500) if answer is None else web.Response(**answer)

    async def tries_of_two(self, ana):
        """Return the number of tries of the first of two events, after all tries of the second."""
        await ana.visits_home()
        await until(lambda: len(self.tries) == 1)
        await until(lambda: len(next(iter(self.tries.values()))) == len(self.answers))
        await ana.visits_home()
        await until(lambda: [len(each) for each in self.tries.values()][1:] == [4])
        return len(next(iter(self.tries.values())))


async def test_an_event_that_fails_comes_again_three_times_and_says_so(tmp_path):
    app = FailingApp()
    async with slack_over_http(tmp_path, app.receive) as place:
        await place.ana.visits_home()
        (tries,) = app.tries.values()
        await until(lambda: len(tries) == 4)
    assert tries == [(None, None), *((str(number), "http_error") for number in (1, 2, 3))]


async def test_an_event_comes_no_more_once_it_is_taken(tmp_path):
    app = FailingApp(first_event_1={"status": 500}, first_event_2={"status": 200})
    async with slack_over_http(tmp_path, app.receive) as place:
        assert await app.tries_of_two(place.ana) == 2


async def test_an_app_can_ask_for_no_retry(tmp_path):
    no_retry = {"status": 500, "headers": {"X-Slack-No-Retry": "1"}}
    app = FailingApp(first_event_1=no_retry)
    async with slack_over_http(tmp_path, app.receive) as place:
        assert await app.tries_of_two(place.ana) == 1
