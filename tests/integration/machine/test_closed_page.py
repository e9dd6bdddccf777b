"""Output that a kernel prints while no browser is open, with a real browser and a real file."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.e2e.notebook import LONG, choose_password, run_cell, sign_in

from .jupyter_server import ONE_TIME, OWN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LINES = 10
PRINTS = f"""
import time
for number in range({LINES}):
    print('line', number, flush=True)
    time.sleep(0.5)
open('ended', 'w').close()
"""


def kept_lines(work: Path) -> list[str]:
    """Return the cell's printed lines in the notebook's file; none while the file is written."""
    try:
        notebook = json.loads((work / "Untitled.ipynb").read_text())
    except json.JSONDecodeError:
        return []
    outputs = [each for cell in notebook["cells"] for each in cell.get("outputs", ())]
    texts = ["".join(each["text"]) for each in outputs if each["output_type"] == "stream"]
    return "".join(texts).splitlines()


async def until(condition, seconds: float, seen=str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, seen()
        await asyncio.sleep(0.1)


@pytest.mark.long
async def test_output_is_kept_after_the_page_is_closed(server, chromium):
    server.plant()
    work = server.folder / "work"
    context = await chromium.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await sign_in(page, server.url, ONE_TIME)
    await choose_password(page, OWN)
    await run_cell(page, PRINTS.strip())
    await page.locator(".jp-OutputArea-output", has_text="line 1").wait_for(timeout=LONG)
    await context.close()
    assert not (work / "ended").exists(), "the page was still open when the cell ended"

    await until((work / "ended").exists, 60)
    expected = [f"line {number}" for number in range(LINES)]
    await until(lambda: kept_lines(work) == expected, 30, lambda: str(kept_lines(work)))
