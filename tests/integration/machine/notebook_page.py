"""A notebook with given cells, open in a real browser, and its file as the server saves it."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.notebook import LONG, choose_password, sign_in

from .jupyter_server import ONE_TIME, OWN, JupyterServer

IDLE = re.compile(r"\| Idle$")


async def until(
    condition: Callable[[], object], seconds: float, seen: Callable[[], object]
) -> None:
    """Wait until a condition holds; the failure shows what is `seen`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, seen()
        await asyncio.sleep(0.05)


@dataclass
class Notebook:
    """A notebook in the server's folder of work."""

    server: JupyterServer
    path: Path

    @classmethod
    def of(cls, server: JupyterServer, name: str, *cells: str) -> "Notebook":
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
        made = nbformat.v4.new_notebook(metadata=kernel)
        made.cells = [nbformat.v4.new_code_cell(each.strip()) for each in cells]
        path = server.folder / "work" / name
        nbformat.write(made, path)
        return cls(server, path)

    def cells(self) -> list[dict[str, Any]]:
        """Return the cells in the file; none while it is written."""
        try:
            return json.loads(self.path.read_text())["cells"]
        except json.JSONDecodeError:
            return []

    def texts(self) -> list[str]:
        """Return the text of each cell's outputs in the file."""
        return [" ".join(map(text_of, each.get("outputs", ()))) for each in self.cells()]

    async def saved(self, texts: list[str], seconds: float = 30) -> None:
        """Wait until the first cells of the file have these texts."""

        def seen() -> list[str]:
            return [each.strip() for each in self.texts()][: len(texts)]

        await until(lambda: seen() == texts, seconds, lambda: f"{seen()} instead of {texts}")


def text_of(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return "".join(output["text"])
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    data = output["data"]
    return "".join(data.get("text/html") or data.get("text/plain") or "")


@dataclass
class NotebookPage:
    """A notebook in a browser's page."""

    page: Page
    notebook: Notebook

    @classmethod
    async def open(cls, chromium: Browser, notebook: Notebook, name: str = "") -> "NotebookPage":
        """Open the notebook with a session of its own; `name` tells several members apart."""
        server = notebook.server
        password = f"{ONE_TIME}{name}"
        server.plant(f"{server.ana}{name}".upper(), name or "Ana", password)
        page = await (await chromium.new_context(ignore_https_errors=True)).new_page()
        several = len(server.members.people()) > 1
        await sign_in(page, server.url, password, name or "Ana" if several else None)
        await choose_password(page, OWN)
        made = cls(page, notebook)
        await made.show()
        return made

    async def show(self) -> None:
        await self.page.goto(f"{self.notebook.server.url}/lab/tree/{self.notebook.path.name}?reset")
        await expect(self.cells.first).to_be_visible(timeout=LONG)

    async def reopen(self) -> None:
        """Close the page, and open the notebook in another page of the same browser."""
        context = self.page.context
        await self.page.close()
        self.page = await context.new_page()
        await self.show()

    async def close(self) -> None:
        await self.page.context.close()

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-Notebook .jp-CodeCell")

    def output(self, cell: int) -> Locator:
        return self.cells.nth(cell).locator(".jp-Cell-outputArea")

    def prompt(self, cell: int) -> Locator:
        return self.cells.nth(cell).locator(".jp-InputArea-prompt")

    async def is_idle(self) -> None:
        await expect(self.page.get_by_text(IDLE)).to_be_visible(timeout=LONG)

    async def menu(self, menu: str, entry: str) -> None:
        await self.page.get_by_role("menuitem", name=menu, exact=True).click()
        await self.page.locator(".lm-Menu-itemLabel", has_text=entry).first.click()

    def box(self, cell: int) -> Locator:
        """Return the box for `input()`."""
        return self.output(cell).locator("input.jp-Stdin-input")

    async def accept(self, title: str) -> None:
        """Close JupyterLab's dialog with this title by its default button."""
        dialog = self.page.get_by_role("dialog").filter(has_text=title)
        await dialog.locator(".jp-mod-accept").click(timeout=LONG)

    async def run_all(self) -> None:
        await self.is_idle()
        await self.menu("Run", "Run All Cells")

    async def run(self, cell: int) -> None:
        await self.cells.nth(cell).locator(".cm-content").click()
        await self.page.keyboard.press("Control+Enter")

    async def shows(self, cell: int, text: str, seconds: float = 60) -> None:
        """Wait until a cell's output has this text."""
        await expect(self.output(cell)).to_contain_text(text, timeout=seconds * 1000)

    async def shows_state(self, cell: int, state: str, seconds: float = 60) -> None:
        """Wait until a cell's prompt is this, such as `*`, ` ` or `2`."""
        await expect(self.prompt(cell)).to_have_text(f"[{state}]:", timeout=seconds * 1000)
