"""A member in JupyterLab, in a real browser or by the messages that its page sends."""

import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass

from playwright.async_api import Page, expect

from tests.integration.machine.jupyter_server import Browser
from tests.integration.machine.person import Person

OWN = "correct horse battery"
LONG = 60_000  # milliseconds: the first start of a kernel on a busy machine

SHOWN_CELL = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell .cm-content"
"""The cells of the notebook in front: the welcome notebook may be open behind it."""


async def sign_in(page: Page, url: str, password: str, name: str | None = None) -> None:
    """Sign in; the page asks for the `name` only if several members share the server."""
    await page.goto(url)
    if name is not None:
        await page.get_by_label("Your name in Slack").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def choose_password(page: Page, password: str) -> None:
    await page.locator("#new_password").fill(password)
    await page.locator("#again").fill(password)
    await page.get_by_role("button", name="Save").click()


async def run_cell(page: Page, code: str, patience: float = LONG) -> None:
    """Run a cell in a new notebook; `patience` is the milliseconds for each part."""
    card = page.locator('.jp-LauncherCard[data-category="Notebook"]').first
    # The first sign-in opens the welcome notebook in place of the launcher.
    await page.locator(".jp-LauncherCard, .jp-NotebookPanel").first.wait_for(timeout=patience)
    if not await card.is_visible():
        await page.keyboard.press("Control+Shift+L")
    await card.click(timeout=patience)
    cell = page.locator(SHOWN_CELL).first
    await cell.click(timeout=patience)
    await expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=patience)
    await page.keyboard.insert_text(code)
    await page.keyboard.press("Shift+Enter")


@dataclass
class Site:
    """A notebook server by its address, with a self-signed certificate."""

    url: str

    @property
    def ssl(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


async def enter(stack: AsyncExitStack, site: Site, password: str) -> Person:
    browser = await stack.enter_async_context(Browser(site, {}))
    await browser.enter(password, OWN)
    return Person(browser)
