"""The Web API's rules: tokens, bodies, errors and people."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from .workspace import APP_TOKEN, BOT_TOKEN, web_client


async def post(sandbox, method, **options):
    """Return status and JSON of a raw call."""
    async with sandbox.session.post(f"{sandbox.url}/api/{method}", **options) as answer:
        return answer.status, await answer.json()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def test_auth_test_says_who_the_app_is(client, slack):
    identity = await client.auth_test()
    assert (identity["user_id"], identity["bot_id"]) == ("U_BOT", "B_BOT")
    assert (identity["team_id"], identity["url"]) == ("T_SANDBOX", f"{slack.url}/")


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-other", "invalid_auth"),
        ("auth.test", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", BOT_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", "xapp-other", "invalid_auth"),
    ],
)
async def test_a_token_that_does_not_fit_is_refused(slack, method, token, error):
    with pytest.raises(SlackApiError) as refused:
        await web_client(slack.url, token).api_call(method)
    assert refused.value.response["error"] == error
    assert refused.value.response.status_code == 200


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"user": "U_ANA"}, "headers": bearer(BOT_TOKEN)},
        {"data": {"user": "U_ANA"}, "headers": bearer(BOT_TOKEN)},
        {"data": {"user": "U_ANA", "token": BOT_TOKEN}},
        {"params": {"user": "U_ANA"}, "headers": bearer(BOT_TOKEN)},
    ],
    ids=["json", "form", "token in the form", "query"],
)
async def test_arguments_and_token_come_in_any_of_slacks_ways(sandbox, options):
    status, answer = await post(sandbox, "users.info", **options)
    assert (status, answer["user"]["id"]) == (200, "U_ANA")


async def test_blocks_may_be_json_inside_a_form(sandbox, ana):
    blocks = '[{"type": "divider"}]'
    form = {"channel": "U_ANA", "text": "Hello", "blocks": blocks}
    await post(sandbox, "chat.postMessage", data=form, headers=bearer(BOT_TOKEN))
    assert [each["type"] for each in (await ana.sees())[0]["blocks"]] == ["divider"]


@pytest.mark.parametrize(
    ("body", "error"), [("{", "invalid_json"), ("[1]", "json_not_object")], ids=["cut", "list"]
)
async def test_a_body_that_is_no_json_object_is_refused(sandbox, body, error):
    headers = bearer(BOT_TOKEN) | {"Content-Type": "application/json"}
    assert await post(sandbox, "chat.postMessage", data=body, headers=headers) == (
        200,
        {"ok": False, "error": error},
    )


async def test_an_unknown_method_is_refused(client):
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.api_call("chat.shout")


async def test_a_person_has_a_time_zone_and_on_request_a_locale(client):
    bob = (await client.users_info(user="U_BOB", include_locale=True))["user"]
    assert (bob["tz"], bob["tz_offset"], bob["locale"]) == ("Asia/Seoul", 32_400, "ko-KR")
    assert "locale" not in (await client.users_info(user="U_BOB"))["user"]


async def test_the_user_list_has_the_people_and_the_app(client):
    members = {each["id"]: each for each in (await client.users_list())["members"]}
    assert set(members) == {"U_ANA", "U_BOB", "U_EVE", "U_MAL", "U_IDA", "U_BOT"}
    assert [name for name, each in members.items() if each["is_bot"]] == ["U_BOT"]


async def test_the_user_group_has_all_but_mal(client):
    (group,) = (await client.usergroups_list(include_users=True))["usergroups"]
    assert (group["id"], group["handle"]) == ("S_DATA", "data-team")
    listed = await client.usergroups_users_list(usergroup="S_DATA")
    assert listed["users"] == group["users"] == ["U_ANA", "U_BOB", "U_EVE"]
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await client.usergroups_users_list(usergroup="S_OTHER")


async def test_a_dm_is_opened_with_one_person(client):
    assert (await client.conversations_open(users="U_ANA"))["channel"]["id"] == "D_ANA"
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.conversations_open(users="U_NOBODY")


async def test_channels_are_listed_by_type(client):
    public = (await client.conversations_list())["channels"]
    assert [(each["id"], each["name"]) for each in public] == [("C_GENERAL", "general")]
    direct = (await client.conversations_list(types="im"))["channels"]
    assert {each["id"]: each["user"] for each in direct}["D_ANA"] == "U_ANA"
    assert (await client.conversations_info(channel="D_ANA"))["channel"]["is_im"] is True


async def test_team_and_bot_can_be_asked_for(client):
    assert (await client.team_info())["team"]["id"] == "T_SANDBOX"
    assert (await client.bots_info(bot="B_BOT"))["bot"]["user_id"] == "U_BOT"


async def test_traffic_shows_both_directions_and_no_token(client, sandbox, ana):
    await client.chat_postMessage(channel="U_ANA", text="Hello")
    await ana.types("list")
    api, command = await sandbox.traffic()
    assert (api["direction"], api["method"], api["status"]) == ("in", "chat.postMessage", 200)
    assert (command["direction"], command["method"]) == ("out", "/notebook list")
    assert command["status"] == "dispatch_failed"
    assert BOT_TOKEN not in str([api, command])


async def test_traffic_is_read_in_pages(client, sandbox):
    for _ in range(5):
        await client.auth_test()
    page = await sandbox.call("GET", "traffic", params={"after": 2, "limit": 2})
    assert ([each["n"] for each in page["entries"]], page["next"]) == ([3, 4], 4)
    rest = await sandbox.call("GET", "traffic", params={"after": page["next"]})
    assert [each["n"] for each in rest["entries"]] == [5]


async def test_the_page_is_told_what_has_changed(client, sandbox, slack):
    url = f"{slack.url}/sandbox/stream?user=U_ANA"
    async with sandbox.session.get(url, timeout=aiohttp.ClientTimeout(10)) as stream:
        await client.chat_postMessage(channel="U_ANA", text="Hello")
        kinds = [await stream.content.readline()]
    assert kinds == [b'data: {"kind": "messages"}\n']


async def test_the_page_and_its_scripts_are_served(sandbox):
    for path, kind in [("/", "html"), ("/page/main.js", "javascript"), ("/page/style.css", "css")]:
        async with sandbox.session.get(sandbox.url + path) as answer:
            assert answer.status == 200
            assert answer.content_type.endswith(kind)
