"""The reading of a page: places, messages, texts, authors and times."""

import time

import pytest
from playwright.async_api import Page, expect

from .page_server import PageServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GENERAL = "/?user=U_ANA&place=C_GENERAL"
DIRECT = "/?user=U_ANA&place=D_ANA"


async def test_messages_show_who_wrote_them_and_which_are_an_apps(
    page: Page, slack: PageServer
) -> None:
    slack.post("C_GENERAL", "U_BOB", text="hello from Bob")
    slack.post("C_GENERAL", text="hello from the app")
    await page.goto(GENERAL)
    messages = page.get_by_test_id("message")
    await expect(messages).to_have_count(2)
    await expect(messages.nth(0).locator(".message-author")).to_have_text("Bob")
    await expect(messages.nth(0).locator(".badge")).to_have_count(0)
    await expect(messages.nth(1).locator(".message-author")).to_have_text("notebook-bot")
    await expect(messages.nth(1).locator(".badge")).to_have_text("APP")


async def test_markup_in_a_message_stays_text(page: Page, slack: PageServer) -> None:
    slack.post(
        "C_GENERAL",
        "U_BOB",
        text="<img src=x onerror=alert(1)> &lt;b&gt;bold&lt;/b&gt; <javascript:alert(1)|run>",
    )
    await page.goto(GENERAL)
    text = page.get_by_test_id("message").locator(".message-text")
    await expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(text).to_contain_text("<b>bold</b>")
    await expect(text.locator("img, b, a, script")).to_have_count(0)


async def test_mrkdwn_becomes_what_slack_makes_of_it(page: Page, slack: PageServer) -> None:
    slack.post(
        "C_GENERAL",
        "U_EVE",
        text="*bold* _italic_ ~gone~ `a*b*c` 2*3*4 snake_case_name :white_check_mark:\n"
        "&gt; quoted\n• one\n• two\n"
        "<https://example.com/a?b=1&amp;c=2|the docs> for <@U_ANA> in <#C_GENERAL>\n"
        "```if a &lt; b:\n  *not bold*```",
    )
    await page.goto(GENERAL)
    text = page.get_by_test_id("message").locator(".message-text")
    await expect(text.locator("strong")).to_have_text(["bold"])
    await expect(text.locator("em")).to_have_text(["italic"])
    await expect(text.locator("s")).to_have_text(["gone"])
    await expect(text.locator("code")).to_have_text(["a*b*c"])
    await expect(text.locator("blockquote")).to_have_text("quoted")
    await expect(text.locator("li")).to_have_text(["one", "two"])
    await expect(text.locator("pre")).to_have_text("if a < b:\n  *not bold*")
    await expect(text.locator("img.emoji")).to_have_attribute("alt", ":white_check_mark:")
    await expect(text.locator("a")).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    await expect(text.locator(".mention-me")).to_have_text("@Ana")
    await expect(text).to_contain_text("2*3*4 snake_case_name")


@pytest.mark.parametrize(
    ("user", "expected"),
    [("U_ANA", "Nov 14, 2023 at 11:13 PM"), ("U_BOB", "2023년 11월 15일 at 오전 7:13")],
    ids=["Madrid", "Seoul"],
)
async def test_a_date_is_shown_in_the_readers_zone_and_language(
    page: Page, slack: PageServer, user: str, expected: str
) -> None:
    slack.post("C_GENERAL", text="<!date^1700000000^{date_short} at {time}|back then>")
    await page.goto(f"/?user={user}&place=C_GENERAL")
    # Some browsers put a narrow space before AM and PM.
    shown = await page.locator("time[data-template]").inner_text()
    assert shown.replace("\u202f", " ") == expected


async def test_a_date_with_an_unknown_token_shows_its_fallback(
    page: Page, slack: PageServer
) -> None:
    slack.post("C_GENERAL", text="<!date^1700000000^{fortnight}|in a while>")
    await page.goto(GENERAL)
    await expect(page.get_by_test_id("message")).to_contain_text("in a while")


async def test_an_ephemeral_message_says_that_only_you_can_see_it(
    page: Page, slack: PageServer
) -> None:
    slack.post("C_GENERAL", text="psst", ephemeral=True, only_for="U_ANA")
    await page.goto(GENERAL)
    message = page.get_by_test_id("message")
    await expect(message).to_contain_text("Only visible to you")
    await expect(message).to_have_attribute("data-ephemeral", "true")


async def test_an_edit_is_shown_in_place_and_a_deleted_message_goes(
    page: Page, slack: PageServer
) -> None:
    slack.post("C_GENERAL", text="step 1")
    await page.goto(GENERAL)
    message = page.get_by_test_id("message")
    await expect(message).to_contain_text("step 1")
    slack.messages[0] |= {"text": "step 2", "edits": 1}
    slack.changed("messages")
    await expect(message).to_contain_text("step 2 (edited)")
    slack.messages[0]["deleted"] = True
    slack.changed("messages")
    await expect(message).to_have_count(0)


async def test_a_half_filled_field_survives_an_edit_of_another_message(
    page: Page, slack: PageServer
) -> None:
    element = {"type": "plain_text_input", "action_id": "why"}
    label = {"type": "plain_text", "text": "Why"}
    field = {"type": "input", "block_id": "b", "label": label, "element": element}
    slack.post("C_GENERAL", text="step 1")
    slack.post("C_GENERAL", text="form", blocks=[field])
    await page.goto(GENERAL)
    await page.get_by_label("Why").fill("because")
    slack.messages[0] |= {"text": "step 2", "edits": 1}
    slack.changed("messages")
    await expect(page.get_by_test_id("message").first).to_contain_text("step 2")
    await expect(page.get_by_label("Why")).to_have_value("because")


async def test_days_are_divided_and_what_is_new_is_marked(page: Page, slack: PageServer) -> None:
    slack.post("C_GENERAL", "U_BOB", text="old", ts=f"{time.time() - 2 * 86_400:.6f}")
    slack.post("C_GENERAL", "U_BOB", text="seen", ts=f"{time.time() - 60:.6f}")
    await page.goto(GENERAL)
    await expect(page.locator(".day-date")).to_have_count(2)
    await expect(page.locator(".day-date").last).to_have_text("Today")
    await page.get_by_test_id("channel-D_ANA").click()
    slack.post("C_GENERAL", "U_BOB", text="news")
    await expect(page.get_by_test_id("channel-C_GENERAL")).to_have_attribute("data-unread", "1")
    await expect(page).to_have_title("(1) notebook-bot · Local Slack")
    await page.get_by_test_id("channel-C_GENERAL").click()
    await expect(page.locator(".day-new")).to_have_text("New")
    await expect(page.get_by_test_id("channel-C_GENERAL")).to_have_attribute("data-unread", "0")


async def test_images_are_shown_and_other_files_can_be_taken(page: Page, slack: PageServer) -> None:
    dot = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>'
    slack.files = {"F1": ("image/svg+xml", dot), "F2": ("text/html", b"<p>report</p>")}
    files = [
        {"id": "F1", "name": "plot.svg", "title": "Plot", "mimetype": "image/svg+xml"},
        {"id": "F2", "name": "report.html", "title": "Report", "mimetype": "text/html"},
    ]
    slack.post("D_ANA", text="here you are", files=files)
    await page.goto(DIRECT)
    image = page.get_by_role("img", name="Plot")
    await expect(image).to_be_visible()
    assert await image.evaluate("(node) => node.decode().then(() => node.naturalWidth)") == 40
    async with page.expect_download() as download:
        await page.get_by_text("Report").click()
    assert (await download.value).suggested_filename == "report.html"


async def test_a_click_on_a_code_span_copies_it(page: Page, slack: PageServer) -> None:
    slack.post("D_ANA", text="Password: `correct-horse-42`")
    await page.goto(DIRECT)
    await page.get_by_text("correct-horse-42").click()
    await expect(page.get_by_test_id("toast")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "correct-horse-42"


async def test_replies_are_under_the_message_that_they_answer(
    page: Page, slack: PageServer
) -> None:
    parent = slack.post("C_GENERAL", "U_BOB", text="question")
    slack.post("C_GENERAL", "U_EVE", text="in between")
    slack.post("C_GENERAL", "U_ANA", text="answer", thread_ts=parent)
    await page.goto(GENERAL)
    question = page.locator(f'[data-ts="{parent}"]')
    await expect(question.get_by_role("group", name="Replies")).to_contain_text("answer")
    await expect(question).to_contain_text("1 reply")


async def test_who_and_where_survive_a_reload_and_a_bare_address(
    page: Page, slack: PageServer
) -> None:
    await page.goto("/")
    await page.get_by_test_id("person-menu").click()
    await page.get_by_test_id("person-U_BOB").click()
    await page.get_by_test_id("channel-D_BOB").click()
    await expect(page).to_have_url(f"{slack.url}/?user=U_BOB&place=D_BOB")
    await page.reload()
    await expect(page.get_by_test_id("whoami")).to_have_text("Bob")
    await expect(page.get_by_test_id("channel-D_BOB")).to_have_attribute("aria-current", "page")
    await page.goto("/")
    await expect(page).to_have_url(f"{slack.url}/?user=U_BOB&place=D_BOB")


async def test_the_back_button_goes_to_the_place_before(page: Page, slack: PageServer) -> None:
    await page.goto(GENERAL)
    await page.get_by_test_id("channel-D_ANA").click()
    await expect(page.get_by_role("tab", name="Messages")).to_be_visible()
    await page.get_by_role("button", name="Go back").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await page.go_forward()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("notebook-bot")


async def test_a_lost_server_is_said_and_found_again(page: Page, slack: PageServer) -> None:
    slack.post("C_GENERAL", "U_BOB", text="before")
    await page.goto(GENERAL)
    await expect(page.get_by_test_id("message")).to_have_count(1)
    slack.down = True
    slack.post("C_GENERAL", "U_BOB", text="while away")
    await expect(page.get_by_test_id("offline")).to_be_visible()
    slack.down = False
    slack.changed("messages")
    await expect(page.get_by_test_id("offline")).to_be_hidden()
    await expect(page.get_by_test_id("message")).to_have_count(2)
