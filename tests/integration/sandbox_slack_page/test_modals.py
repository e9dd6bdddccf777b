"""Modals of the page: what they submit, their errors, and what survives a redraw."""

import pytest
from playwright.async_api import Page, expect

from .blocks import field, modal, option, plain
from .page_server import PageServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GENERAL = "/?user=U_ANA&place=C_GENERAL"
DIRECT = "/?user=U_ANA&place=D_ANA"


async def test_a_modal_submits_the_value_of_each_kind_of_field(
    page: Page, slack: PageServer
) -> None:
    choices = [option("One"), option("Two")]
    slack.open_view(
        modal(
            field("Name", {"type": "plain_text_input"}),
            field("Notes", {"type": "plain_text_input", "multiline": True}),
            field("Cores", {"type": "number_input", "is_decimal_allowed": False}),
            field("Size", {"type": "static_select", "options": choices}),
            field("Tags", {"type": "multi_static_select", "options": choices}),
            field("Extras", {"type": "checkboxes", "options": choices}),
            field("Day", {"type": "datepicker"}),
            field("Hour", {"type": "timepicker"}),
            field("Moment", {"type": "datetimepicker", "initial_date_time": 1_700_000_040}),
            field("Mail", {"type": "email_text_input"}, optional=True),
        )
    )
    await page.goto(GENERAL)
    dialog = page.get_by_test_id("modal")
    await dialog.get_by_label("Name").fill("quiet-otter")
    await dialog.get_by_label("Notes").fill("one\ntwo")
    await dialog.get_by_label("Cores").fill("4")
    await dialog.get_by_role("combobox", name="Size").select_option("two")
    await dialog.get_by_role("button", name="Tags").click()
    await page.get_by_role("checkbox", name="One").first.check()
    await page.keyboard.press("Escape")
    await dialog.get_by_role("group", name="Extras").get_by_label("Two").check()
    await dialog.get_by_label("Day").fill("2024-02-29")
    await dialog.get_by_label("Hour").fill("08:30")
    # Ana lives in Madrid.
    await expect(dialog.get_by_label("Moment")).to_have_value("2023-11-14T23:14")
    await page.get_by_test_id("modal-submit").click()
    await expect(dialog).to_have_count(0)
    assert slack.bodies("view")[0]["values"] == {
        "name": "quiet-otter",
        "notes": "one\ntwo",
        "cores": "4",
        "size": "two",
        "tags": ["one"],
        "extras": ["two"],
        "day": "2024-02-29",
        "hour": "08:30",
        "moment": 1_700_000_040,
        "mail": None,
    }


async def test_errors_are_shown_at_their_fields(page: Page, slack: PageServer) -> None:
    slack.open_view(modal(field("Name", {"type": "plain_text_input"})))
    slack.view_errors = {"b_name": "That name is taken."}
    await page.goto(GENERAL)
    await page.get_by_test_id("modal-submit").click()
    error = page.locator('[data-block-id="b_name"] .input-error')
    await expect(error).to_have_text("Please complete this required field.")
    assert slack.bodies("view") == []
    await page.get_by_label("Name").fill("general")
    await page.get_by_test_id("modal-submit").click()
    await expect(error).to_have_text("That name is taken.")
    await expect(page.get_by_label("Name")).to_be_focused()
    await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")


async def test_what_was_typed_survives_an_update_a_push_and_a_reload(
    page: Page, slack: PageServer
) -> None:
    first = modal(field("Name", {"type": "plain_text_input"}))
    slack.open_view(first)
    await page.goto(GENERAL)
    await page.get_by_label("Name").fill("quiet-otter")
    slack.open_view(modal(*first["blocks"], title=plain("Updated")))
    await expect(page.get_by_test_id("modal")).to_contain_text("Updated")
    await expect(page.get_by_label("Name")).to_have_value("quiet-otter")
    on_top = modal(field("Size", {"type": "plain_text_input"}), id="V2", previous_view_id="V1")
    slack.open_view(on_top)
    await expect(page.get_by_role("button", name="Back", exact=True)).to_be_visible()
    slack.open_view(first)
    await expect(page.get_by_label("Name")).to_have_value("quiet-otter")
    await page.reload()
    await expect(page.get_by_label("Name")).to_have_value("quiet-otter")


async def test_escape_closes_a_modal(page: Page, slack: PageServer) -> None:
    slack.open_view(modal(field("Name", {"type": "plain_text_input"})))
    await page.goto(GENERAL)
    await expect(page.get_by_label("Name")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    assert slack.bodies("view/close") == [{"user": "U_ANA"}]
