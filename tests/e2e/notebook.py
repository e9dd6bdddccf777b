"""A person in JupyterLab: signs in, chooses a password, runs a cell."""

from playwright.async_api import Page, expect

LONG = 60_000  # milliseconds: the first start of a kernel on a busy machine


async def sign_in(page: Page, url: str, password: str, name: str | None = None) -> None:
    """`name`: where several people share the server, the page asks for it."""
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
    """In a new notebook, from the launcher; `patience`: milliseconds for each part of it."""
    card = page.locator('.jp-LauncherCard[data-category="Notebook"]').first
    if not await card.is_visible():
        await page.keyboard.press("Control+Shift+L")
    await card.click(timeout=patience)
    cell = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell .cm-content").first
    await cell.click(timeout=patience)
    await expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=patience)
    await page.keyboard.insert_text(code)
    await page.keyboard.press("Shift+Enter")
