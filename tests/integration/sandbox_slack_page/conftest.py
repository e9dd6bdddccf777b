"""A headless Chromium, a server for the page, and a screenshot of each test's end state."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from .page_server import PageServer

PICTURES = Path(__file__).parents[3] / "test-artifacts" / "sandbox_slack_page"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. A test is skipped without a browser, except on a build server."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing = "there is no chromium here"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[PageServer]:
    async with PageServer().running() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def page(
    browser: Browser, slack: PageServer, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page in a fresh profile, with addresses relative to the server. No script may fail."""
    context = await browser.new_context(
        base_url=slack.url,
        viewport={"width": 1280, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    opened = await context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    PICTURES.mkdir(parents=True, exist_ok=True)
    await opened.screenshot(path=PICTURES / f"{request.node.name}.png")
    await context.close()
    assert failures == []
