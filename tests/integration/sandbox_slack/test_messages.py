"""Messages of the app: posted, changed, deleted and read, by the real SDK."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.app import LocalSlack

from .workspace import connected, section, until, web_client

METADATA = {"event_type": "server", "event_payload": {"id": "s1"}}


async def refusal(call):
    """Return the answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response


async def test_a_message_to_a_person_lands_in_their_dm(client, ana, bob):
    posted = await client.chat_postMessage(channel="U_ANA", text="Hello")
    assert posted["channel"] == "D_ANA"
    (seen,) = await ana.sees()
    assert (seen["channel"], seen["ts"], seen["text"]) == ("D_ANA", posted["ts"], "Hello")
    assert (seen["user"], seen["bot"], seen["ephemeral"]) == ("U_BOT", True, False)
    assert await bob.sees() == []


async def test_a_message_in_the_channel_is_seen_by_everybody(client, ana, bob):
    await client.chat_postMessage(channel="C_GENERAL", text="Hello")
    assert [each["text"] for each in await ana.sees()] == ["Hello"]
    assert await ana.sees() == await bob.sees()


async def test_messages_have_timestamps_that_differ_and_go_up(client, ana):
    posted = [
        (await client.chat_postMessage(channel="U_ANA", text=str(number)))["ts"]
        for number in range(20)
    ]
    assert posted == sorted(set(posted), key=float)
    assert [each["ts"] for each in await ana.sees()] == posted


async def test_an_update_changes_the_message_in_place(client, ana):
    posted = await client.chat_postMessage(channel="U_ANA", text="Creating")
    await client.chat_update(channel="D_ANA", ts=posted["ts"], text="Ready")
    (seen,) = await ana.sees()
    assert (seen["ts"], seen["text"], seen["edits"]) == (posted["ts"], "Ready", 1)


async def test_what_an_update_leaves_out_stays(client, ana):
    posted = await client.chat_postMessage(channel="U_ANA", text="Old", blocks=[section("Kept")])
    await client.chat_update(channel="D_ANA", ts=posted["ts"], text="New")
    (seen,) = await ana.sees()
    assert seen["blocks"][0]["text"]["text"] == "Kept"


async def test_a_deleted_message_is_gone_for_people_and_app(client, ana):
    posted = await client.chat_postMessage(channel="U_ANA", text="Secret")
    await client.chat_delete(channel="D_ANA", ts=posted["ts"])
    assert await ana.sees() == []
    assert (await client.conversations_history(channel="D_ANA"))["messages"] == []
    again = client.chat_update(channel="D_ANA", ts=posted["ts"], text="Back")
    assert (await refusal(again))["error"] == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person_and_out_of_the_apps_reach(
    client, ana, bob
):
    posted = await client.chat_postEphemeral(channel="C_GENERAL", user="U_ANA", text="For you")
    (seen,) = await ana.sees()
    assert (seen["ts"], seen["ephemeral"]) == (posted["message_ts"], True)
    assert await bob.sees() == []
    assert (await client.conversations_history(channel="C_GENERAL"))["messages"] == []
    update = client.chat_update(channel="C_GENERAL", ts=posted["message_ts"], text="Changed")
    assert (await refusal(update))["error"] == "message_not_found"


async def test_an_ephemeral_message_needs_a_member_of_the_channel(client):
    post = client.chat_postEphemeral(channel="D_ANA", user="U_BOB", text="For you")
    assert (await refusal(post))["error"] == "user_not_in_channel"


async def test_a_new_message_notifies_and_an_ephemeral_one_does_not(client, ana, bob):
    await client.chat_postMessage(channel="U_ANA", text="DM")
    await client.chat_postMessage(channel="C_GENERAL", text="Channel")
    await client.chat_postEphemeral(channel="C_GENERAL", user="U_ANA", text="For you")
    await ana.says("Mine")

    notified = {each["text"]: each["notified"] for each in await ana.sees()}
    assert notified == {"DM": True, "Channel": True, "For you": False, "Mine": False}
    assert [each["text"] for each in await bob.sees() if each["notified"]] == ["Channel", "Mine"]


async def test_an_edit_makes_no_new_badge(client, ana):
    posted = await client.chat_postMessage(channel="U_ANA", text="Creating")
    before = [each["ts"] for each in await ana.sees() if each["notified"]]
    await client.chat_update(channel="D_ANA", ts=posted["ts"], text="Ready")
    assert [each["ts"] for each in await ana.sees() if each["notified"]] == before


async def test_history_is_newest_first_and_in_pages(client):
    for number in range(5):
        await client.chat_postMessage(channel="U_ANA", text=str(number))
    first = await client.conversations_history(channel="D_ANA", limit=2)
    assert [each["text"] for each in first["messages"]] == ["4", "3"]
    assert first["has_more"] is True
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel="D_ANA", limit=10, cursor=cursor)
    assert [each["text"] for each in second["messages"]] == ["2", "1", "0"]
    assert second["has_more"] is False


async def test_history_shows_metadata_only_when_asked(client):
    await client.chat_postMessage(channel="U_ANA", text="Ready", metadata=METADATA)
    plain = await client.conversations_history(channel="D_ANA")
    assert "metadata" not in plain["messages"][0]
    full = await client.conversations_history(channel="D_ANA", include_all_metadata=True)
    assert full["messages"][0]["metadata"] == METADATA


async def test_one_message_can_be_asked_for_by_its_timestamp(client):
    posted = [await client.chat_postMessage(channel="U_ANA", text=text) for text in "abc"]
    wanted = posted[1]["ts"]
    found = await client.conversations_history(
        channel="D_ANA", oldest=wanted, latest=wanted, inclusive=True, limit=1
    )
    assert [each["text"] for each in found["messages"]] == ["b"]


async def test_a_reaction_can_be_added_once(client):
    posted = await client.chat_postMessage(channel="U_ANA", text="Hello")
    where = {"channel": "D_ANA", "timestamp": posted["ts"]}
    await client.reactions_add(name="tada", **where)
    again = await refusal(client.reactions_add(name="tada", **where))
    assert again["error"] == "already_reacted"


async def test_a_permalink_names_channel_and_message(client, slack):
    posted = await client.chat_postMessage(channel="U_ANA", text="Hello")
    link = await client.chat_getPermalink(channel="D_ANA", message_ts=posted["ts"])
    digits = posted["ts"].replace(".", "")
    assert link["permalink"] == f"{slack.url}/archives/D_ANA/p{digits}"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C_NOWHERE", "text": "Hello"}, "channel_not_found"),
        ({"channel": "U_ANA"}, "no_text"),
        ({"channel": "U_ANA", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_schema"),
    ],
)
async def test_a_message_without_a_place_or_a_content_is_refused(client, ana, arguments, error):
    post = client.api_call("chat.postMessage", json=arguments)
    assert (await refusal(post))["error"] == error
    assert await ana.sees() == []


async def test_the_app_changes_no_message_of_a_person(client, ana):
    ts = await ana.says("Mine", channel="D_ANA")
    update = client.chat_update(channel="D_ANA", ts=ts, text="Yours")
    assert (await refusal(update))["error"] == "cant_update_message"
    delete = client.chat_delete(channel="D_ANA", ts=ts)
    assert (await refusal(delete))["error"] == "cant_delete_message"


async def test_an_app_hears_what_a_person_writes_in_its_dm(slack, app, ana):
    heard = []

    @app.event("message")
    async def on_message(event):
        heard.append(event)

    async with connected(slack, app):
        ts = await ana.says("Hi", channel="D_ANA")
        await until(lambda: heard)
    event = heard[0]
    assert (event["user"], event["text"], event["ts"]) == ("U_ANA", "Hi", ts)
    assert (event["channel"], event["channel_type"]) == ("D_ANA", "im")


async def test_messages_outlive_a_restart(tmp_path):
    folder = tmp_path / "kept"
    async with LocalSlack.running(folder) as slack:
        client = web_client(slack.url)
        posted = await client.chat_postMessage(channel="U_ANA", text="Old", metadata=METADATA)
        await client.chat_update(channel="D_ANA", ts=posted["ts"], text="New")
    async with LocalSlack.running(folder) as slack:
        client = web_client(slack.url)
        history = await client.conversations_history(channel="D_ANA", include_all_metadata=True)
        (message,) = history["messages"]
        assert (message["ts"], message["text"]) == (posted["ts"], "New")
        assert message["metadata"] == METADATA
        await client.chat_update(channel="D_ANA", ts=posted["ts"], text="Newest")
