"""The sign-in pages in a real browser, without JavaScript; screenshots go to test-artifacts/."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from tests.e2e.notebook import choose_password, run_cell, sign_in

from .jupyter_server import MACHINE, ONE_TIME, OWN

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).resolve().parents[3] / "test-artifacts/machine"


@pytest.fixture
async def plain(chromium) -> AsyncIterator[BrowserContext]:
    """A browser without JavaScript."""
    context = await chromium.new_context(ignore_https_errors=True, java_script_enabled=False)
    context.set_default_timeout(30_000)
    yield context
    await context.close()


@pytest.mark.long
async def test_signing_in_works_without_javascript_and_with_the_keyboard_alone(server, plain):
    server.plant()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await plain.new_page()
    blocked: list[str] = []
    page.on("console", lambda m: blocked.append(m.text) if "Security Policy" in m.text else None)
    await page.goto(server.url)
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type("a wrong guess")
    await page.keyboard.press("Enter")
    assert await page.get_by_role("alert").inner_text() == "That password is not right."
    await page.screenshot(path=PICTURES / "sign-in.png")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type(ONE_TIME)
    await page.keyboard.press("Enter")
    await page.get_by_label("New password").wait_for()
    await page.screenshot(path=PICTURES / "choose-password.png")
    await expect(page.get_by_label("New password")).to_be_focused()
    await page.keyboard.type(OWN)
    await page.keyboard.press("Tab")
    await page.keyboard.type(OWN)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/lab*")
    assert blocked == []


async def test_pages_load_nothing_from_other_hosts_and_fit_a_phone(server, chromium):
    server.plant()
    context = await chromium.new_context(
        ignore_https_errors=True, viewport={"width": 320, "height": 640}, color_scheme="dark"
    )
    page = await context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    await page.goto(server.url)
    assert hosts == {server.url.removeprefix("https://")}
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    await context.close()


async def test_a_member_reaches_jupyterlab_without_a_news_popup(server, chromium):
    server.plant()
    context = await chromium.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await page.goto(server.url)
    await page.get_by_label("Password", exact=True).fill(ONE_TIME)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("New password").fill(OWN)
    await page.get_by_label("Repeat the password").fill(OWN)
    await page.get_by_role("button", name="Save and open my notebooks").click()
    await page.locator(".jp-Launcher").wait_for(timeout=60_000)
    await page.screenshot(path=PICTURES / "jupyterlab.png")
    assert await page.get_by_text("Would you like to get notified").count() == 0
    await context.close()


@pytest.fixture
def unused(server):
    """A server with the welcome notebook, on which nobody has opened JupyterLab."""
    file = server.folder / "work/welcome.ipynb"
    remembered = [server.folder / name for name in ("workspaces", "user-settings")]
    for folder in remembered:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copy(MACHINE / "notebooks/welcome.ipynb", file)
    yield
    file.unlink()
    for folder in remembered:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
async def test_a_korean_member_meets_the_welcome_notebook_in_a_korean_jupyterlab(
    server, chromium, unused
):
    server.plant()
    context = await chromium.new_context(ignore_https_errors=True, locale="ko-KR")
    page = await context.new_page()
    await page.goto(server.url)
    await page.get_by_label("비밀번호", exact=True).fill(ONE_TIME)
    await page.get_by_role("button", name="로그인").click()
    await page.screenshot(path=PICTURES / "choose-password-korean.png")
    await page.locator("#new_password").fill(OWN)
    await page.locator("#again").fill(OWN)
    await page.get_by_role("button", name="저장하고 노트북 열기").click()
    await page.locator(".jp-NotebookPanel").wait_for(timeout=60_000)
    await page.get_by_role("menuitem", name="파일").wait_for(timeout=60_000)
    assert "welcome.ipynb" in page.url
    await page.screenshot(path=PICTURES / "welcome-korean.png")
    await context.close()


@pytest.mark.long
async def test_a_new_notebook_can_be_made_beside_the_welcome_notebook(server, chromium, unused):
    server.plant()
    context = await chromium.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await sign_in(page, server.url, ONE_TIME)
    await choose_password(page, OWN)
    await page.wait_for_url("**/welcome.ipynb")
    await run_cell(page, "print(6 * 7)")
    await expect(page.locator(".jp-OutputArea-output").get_by_text("42")).to_be_visible()
    await context.close()
