"""The form of a new server on local Slack's page, from an error at its field to the result.

An admin then approves another server, which is beyond the member's limits.
"""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.demo import Demo
from tests.git_server import git_server

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

VIEW = {"width": 1280, "height": 1000}
SHORT, MINUTES = 30_000, 300_000


async def slack_as(browser, demo: Demo, user: str, place: str) -> Page:
    """Open local Slack as this user."""
    page = await (await browser.new_context(viewport=VIEW)).new_page()
    await page.goto(f"{demo.url}/?user={user}&place={place}")
    return page


async def type_command(page: Page, text: str) -> None:
    composer = page.get_by_test_id("composer")
    await composer.fill(f"/notebook {text}")
    await composer.press("Enter")


async def test_a_corrected_form_creates_a_server_and_an_admin_approves_another(
    tmp_path, browser, artifacts
):
    (tmp_path / "served").mkdir()
    async with git_server(tmp_path / "served") as git:
        lessons = git.add("lessons", {"one.txt": b"1"})
        authorities = tmp_path / "git.pem"
        authorities.write_text(git.pem)
        settings = {
            "NOTEBOOK_BOT_SERVERS_PER_MEMBER": "1",
            "NOTEBOOK_BOT_GIT__CA_FILE": str(authorities),
        }
        async with Demo(tmp_path / "demo", **settings) as demo:
            ana = await slack_as(browser, demo, "U_ANA", "C_GENERAL")
            await by_form(ana, lessons, artifacts)
            await ready_with_the_repository(ana, demo, artifacts)
            await beyond_the_limit(ana, artifacts)
            eve = await slack_as(browser, demo, "U_EVE", "D_EVE")
            await approved(eve, ana, artifacts)
            await demo.hand_over("more", seconds=300)


async def by_form(page: Page, repository: str, artifacts) -> None:
    await type_command(page, "create")
    form = page.get_by_test_id("modal")
    await expect(form).to_contain_text("Git repository to clone", timeout=SHORT)
    await form.get_by_label("Name").fill("Not A Name!")
    await form.get_by_label("Git repository to clone").fill(repository)
    await page.get_by_test_id("modal-submit").click()
    await expect(form).to_contain_text("letters a-z", timeout=SHORT)
    await page.screenshot(path=artifacts / "creation-form-error.png")
    await form.get_by_label("Name").fill("sales")
    await page.get_by_test_id("modal-submit").click()
    await expect(form).to_contain_text("I'm creating sales", timeout=SHORT)
    await page.screenshot(path=artifacts / "creation-form-done.png")
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)


async def ready_with_the_repository(page: Page, demo: Demo, artifacts) -> None:
    await page.goto(f"{demo.url}/?user=U_ANA&place=D_ANA")
    messages = page.get_by_test_id("messages")
    await expect(messages).to_contain_text("Creating sales", timeout=SHORT)
    await page.screenshot(path=artifacts / "creation-progress.png")
    await expect(messages).to_contain_text("sales is ready", timeout=MINUTES)
    await expect(messages).to_contain_text("is in the folder lessons")
    await page.screenshot(path=artifacts / "creation-result.png")
    work = next((demo.folder).glob("**/home/notebook/work/lessons"))
    assert (work / "one.txt").read_text() == "1"


async def beyond_the_limit(page: Page, artifacts) -> None:
    await type_command(page, "create ubuntu more")
    asked = page.get_by_test_id("message").filter(has_text="server 2 of at most 1")
    await expect(asked.first).to_contain_text("Withdraw", timeout=SHORT)
    await page.screenshot(path=artifacts / "approval-asked.png")


async def approved(eve: Page, ana: Page, artifacts) -> None:
    question = eve.get_by_test_id("message").filter(has_text="A server beyond a member's limits")
    await expect(question).to_contain_text("server 2 of at most 1", timeout=SHORT)
    await eve.screenshot(path=artifacts / "approval-question.png")
    await question.get_by_role("button", name="Approve").click()
    await expect(question).to_contain_text(re.compile("approved it"), timeout=SHORT)
    await expect(question.get_by_role("button")).to_have_count(0)
    await eve.screenshot(path=artifacts / "approval-approved.png")
    await expect(ana.get_by_test_id("messages")).to_contain_text("Creating more", timeout=SHORT)
