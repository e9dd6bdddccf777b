"""Modals and Home: opened, stacked, submitted and clicked, with the real bolt."""

import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.triggers import LIFE_SECONDS, Triggers

from .workspace import Refused, actions, button, connected, modal, section, text_input, until

HOME = {"type": "home", "blocks": [actions(button("stop", "s1")), actions(button("stop", "s2"))]}


class Form:
    """An app whose command opens a modal; `answer` is its answer to a submission."""

    def __init__(self, app, opened):
        self.triggers, self.submitted, self.clicked, self.closed = [], [], [], []
        self.answer = {}
        app.command("/notebook")(self._open)
        app.view("form")(self._submit)
        app.view_closed("form")(self._close)
        app.action("stop")(self._click)
        self._opened = opened

    async def _open(self, ack, body, client):
        await ack()
        self.triggers.append(body["trigger_id"])
        await client.views_open(trigger_id=body["trigger_id"], view=self._opened)

    async def _submit(self, ack, view):
        self.submitted.append(view)
        await ack(**self.answer)

    async def _close(self, ack, view):
        self.closed.append(view)
        await ack()

    async def _click(self, ack, body):
        self.clicked.append(body)
        await ack()


FORM = modal(
    text_input("name"), actions(button("stop", "s1")), callback_id="form", notify_on_close=True
)


@pytest_asyncio.fixture
async def form(slack, app, ana):
    """The form, open for Ana."""
    made = Form(app, FORM)
    async with connected(slack, app):
        await ana.types("create")
        await until(ana.modal)
        yield made


async def test_a_command_opens_a_modal_for_its_sender_alone(ana, bob, form):
    opened = await ana.modal()
    assert (opened["callback_id"], opened["title"]["text"]) == ("form", "Create")
    assert await bob.modal() is None


async def test_blocks_without_an_id_get_one(ana, form):
    ids = [block["block_id"] for block in (await ana.modal())["blocks"]]
    assert ids[0] == "name"
    assert ids[1] not in (None, "", "name")


async def test_a_submission_carries_what_was_entered_and_closes_the_modal(ana, form):
    answer = await ana.submits(name="quiet-otter")
    values = form.submitted[0]["state"]["values"]
    assert values["name"]["name"] == {"type": "plain_text_input", "value": "quiet-otter"}
    assert (answer["error"], answer["errors"]) == (None, None)
    assert await ana.modal() is None


async def test_a_required_field_that_is_empty_never_reaches_the_app(ana, form):
    answer = await ana.submits()
    assert list(answer["errors"]) == ["name"]
    assert form.submitted == []
    assert await ana.modal() is not None


async def test_errors_of_the_app_keep_the_modal_open(ana, form):
    form.answer = {"response_action": "errors", "errors": {"name": "Taken"}}
    assert (await ana.submits(name="x"))["errors"] == {"name": "Taken"}
    assert await ana.modal() is not None


async def test_an_update_changes_the_modal_in_its_place(ana, form):
    before = await ana.modal()
    form.answer = {"response_action": "update", "view": modal(section("Sure?"))}
    await ana.submits(name="x")
    after = await ana.modal()
    assert after["blocks"][0]["text"]["text"] == "Sure?"
    assert (after["id"], after["hash"] != before["hash"]) == (before["id"], True)


async def test_a_push_puts_a_modal_on_top_and_closing_it_shows_the_first(ana, form):
    first = await ana.modal()
    form.answer = {"response_action": "push", "view": modal(section("Sure?"))}
    await ana.submits(name="x")
    assert (await ana.modal())["previous_view_id"] == first["id"]
    await ana.closes_modal()
    assert (await ana.modal())["id"] == first["id"]


async def test_clear_closes_the_whole_stack(ana, form):
    form.answer = {"response_action": "push", "view": modal(text_input(), callback_id="form")}
    await ana.submits(name="x")
    form.answer = {"response_action": "clear"}
    await ana.submits(name="x")
    assert await ana.modal() is None


async def test_closing_is_told_to_an_app_that_asked_for_it(ana, form):
    await ana.closes_modal()
    assert [view["callback_id"] for view in form.closed] == ["form"]


async def test_a_click_in_a_modal_carries_the_modal(ana, form):
    await ana.clicks_in("view", "stop")
    opened = await ana.modal()
    assert form.clicked[0]["container"] == {"type": "view", "view_id": opened["id"]}


async def test_a_trigger_is_used_once(client, form):
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=form.triggers[0], view=FORM)


def test_a_trigger_expires_after_three_seconds():
    now = [0.0]
    triggers = Triggers(clock=lambda: now[0])
    in_time, too_late = triggers.new("U_ANA"), triggers.new("U_ANA")
    now[0] = LIFE_SECONDS
    assert triggers.use(in_time) == "U_ANA"
    now[0] = LIFE_SECONDS + 0.1
    with pytest.raises(ApiError, match="expired_trigger_id"):
        triggers.use(too_late)


async def test_a_trigger_that_nobody_made_is_refused(client):
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id="1.2.3", view=FORM)


async def test_nobody_submits_a_modal_that_is_not_open(ana):
    with pytest.raises(Refused, match="404 view_not_found"):
        await ana.submits(name="x")


async def test_home_is_published_for_one_person_and_can_be_clicked(slack, app, client, ana):
    form = Form(app, FORM)
    await client.views_publish(user_id="U_ANA", view=HOME)
    async with connected(slack, app):
        await ana.clicks_in("home", "stop", value="s2")
    assert form.clicked[0]["actions"][0]["value"] == "s2"
    assert form.clicked[0]["view"]["type"] == "home"


async def test_a_stale_hash_overwrites_nothing(client):
    stale = (await client.views_publish(user_id="U_ANA", view=HOME))["view"]["hash"]
    await client.views_publish(user_id="U_ANA", view=HOME, hash=stale)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id="U_ANA", view=HOME, hash=stale)
