"""Cells that run on the server's side: their outputs in real browsers and in the file."""

import json
import os
import signal
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.notebook import LONG

from .jupyter_server import OWN, JupyterServer
from .notebook_page import Notebook, NotebookPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

HANDLE = """
import time
from IPython.display import HTML, display
handle = display("state: start", display_id="a")
print("between")
for state in ("one", "two", "three", "end"):
    time.sleep(0.1)
    handle.update("state: " + state)
"""
BAR = """
from IPython.display import HTML
bar = display(HTML("<progress value='0' max='3'></progress> epoch 0"), display_id=True)
for epoch in (1, 2, 3):
    time.sleep(0.1)
    bar.update(HTML(f"<progress value='{epoch}' max='3'></progress> epoch {epoch}"))
"""
BAR_AT_END = "<progress value='3' max='3'></progress>"
CLEARED = """
from IPython.display import clear_output
for number in range(4):
    clear_output(wait=True)
    print("step", number)
    time.sleep(0.1)
"""
CARRIAGE = """
for number in range(101):
    print(f"\\r{number}% é", end="", flush=True)
print()
print("a한b\\bc")
"""
WIDGET = """
import ipywidgets
progress = ipywidgets.IntProgress(max=3)
display(progress)
label = ipywidgets.Label("epoch 0")
display(label)
for number in (1, 2, 3):
    progress.value, label.value = number, f"epoch {number}"
"""
FROM_ANOTHER = 'handle.update("state: moved on")'
INTERACT = """
@ipywidgets.interact(x=(0, 10))
def square(x=3):
    print("square", x * x)
"""
HELP = "len?"


LONG_CELL = """
import os, time
print("pid", os.getpid(), flush=True)
time.sleep(600)
"""


async def kernel_of(notebook: Notebook) -> dict[str, Any]:
    """Return the kernel of the notebook as the probe sees it."""
    async with notebook.server.browser() as browser:
        await browser.sign_in(OWN, "Ana")
        sessions = await (await browser.get("/api/sessions?no_track_activity=1")).json()
    (found,) = (each["kernel"] for each in sessions if each["path"] == notebook.path.name)
    return found


def add_kernelspec(server: JupyterServer, name: str, shown: str) -> None:
    """Give the server's user another kernel, with the program of the first."""
    first = server.folder / "settings/jupyter/kernels/python3/kernel.json"
    spec = json.loads(first.read_text()) | {"display_name": shown}
    folder = server.folder / "settings/jupyter/kernels" / name
    folder.mkdir(exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(spec))


async def pid_in(page: NotebookPage) -> int:
    """Return the kernel's process, which the first cell has printed."""
    return int((await page.output(0).inner_text()).split()[1])


@pytest.mark.long
async def test_progress_is_shown_to_its_end_in_the_page_and_in_the_file(server, chromium):
    cells = (HANDLE, BAR, CLEARED, CARRIAGE, WIDGET, FROM_ANOTHER, INTERACT, HELP)
    notebook = Notebook.of(server, "progress.ipynb", *cells)
    page = await NotebookPage.open(chromium, notebook)
    await page.run_all()
    await page.shows(7, "Return the number of items in a container.")
    await page.shows(0, "'state: moved on'between")
    await page.shows(1, "epoch 3")
    await page.shows(2, "step 3")
    await page.shows(3, "100% é")
    await page.shows(3, "a한c")
    await page.shows(4, "epoch 3")
    taken = page.output(6).locator(".jupyter-widgets .jp-OutputArea")
    await expect(taken).to_contain_text("square 9")
    await notebook.saved(
        ["'state: moved on' between", f"{BAR_AT_END} epoch 3", "step 3", "100% é\na한c"]
    )
    await page.close()


@pytest.mark.long
async def test_a_killed_kernel_ends_its_cell_in_words_and_the_next_cell_runs(server, chromium):
    notebook = Notebook.of(server, "killed.ipynb", LONG_CELL, "print('second')", "print('third')")
    ana = await NotebookPage.open(chromium, notebook)
    bob = await NotebookPage.open(chromium, notebook, "bob")
    await ana.run_all()
    for each in (ana, bob):
        await each.shows(0, "pid")
        for cell in range(3):
            await each.shows_state(cell, "*")
    os.kill(await pid_in(ana), signal.SIGKILL)
    for each in (ana, bob):
        await each.shows(0, "KernelDied: The kernel died while this cell ran (signal 9, SIGKILL).")
        await each.shows(0, "The usual cause is a lack of memory.")
        await each.shows(1, "This cell has not run: the kernel died before its turn.")
        await each.shows(2, "This cell has not run: the kernel died before its turn.")
        for cell in range(3):
            await each.shows_state(cell, " ")
    for each in (ana, bob):
        await each.accept("Kernel Restarting")
    await bob.run(1)
    for each in (ana, bob):
        await each.shows(1, "second")
        await each.shows_state(1, "1")
    kernel = await kernel_of(notebook)
    assert (kernel["execution_state"], kernel["busy_since"]) == ("idle", None)
    for each in (ana, bob):
        await each.close()


@pytest.mark.long
async def test_input_is_answered_in_a_page_that_was_opened_later(server, chromium):
    asks = "name = input('Your name? ')\nprint('hello', name)"
    asks_for_secret = "import getpass\nprint('length', len(getpass.getpass('Secret: ')))"
    notebook = Notebook.of(server, "input.ipynb", asks, asks_for_secret)
    ana = await NotebookPage.open(chromium, notebook)
    bob = await NotebookPage.open(chromium, notebook, "bob")
    await ana.is_idle()
    await ana.run(0)
    await expect(ana.box(0)).to_be_visible(timeout=LONG)
    await ana.reopen()
    for each in (ana, bob):
        await expect(each.box(0)).to_be_visible(timeout=LONG)
    kernel = await kernel_of(notebook)
    assert kernel["execution_state"] == "busy"
    assert kernel["busy_since"] is not None
    await ana.box(0).fill("Ana 안나")
    await ana.box(0).press("Enter")
    for each in (ana, bob):
        await each.shows(0, "Your name? Ana 안나")
        await each.shows(0, "hello Ana 안나")
        await expect(each.box(0)).to_have_count(0)

    await bob.run(1)
    await expect(ana.box(1)).to_have_attribute("type", "password", timeout=LONG)
    await ana.box(1).fill("secret")
    await ana.box(1).press("Enter")
    await bob.shows(1, "length 6")
    await notebook.saved(["Your name? Ana 안나\nhello Ana 안나", "Secret: ········\nlength 6"])
    for each in (ana, bob):
        await each.close()


@pytest.mark.long
async def test_a_kernel_that_members_end_leaves_no_cell_running(server, chromium):
    add_kernelspec(server, "other", "Other")
    notebook = Notebook.of(server, "ended.ipynb", LONG_CELL, "print('second')")
    ana = await NotebookPage.open(chromium, notebook)
    bob = await NotebookPage.open(chromium, notebook, "bob")

    async def ends(entry: str, dialog: str, word: str) -> None:
        await ana.run_all()
        for each in (ana, bob):
            await each.shows(0, "pid")
            await each.shows_state(1, "*")
        await bob.menu("Kernel", entry)
        if dialog == "Select Kernel":
            choice = bob.page.get_by_role("dialog").get_by_role("combobox")
            await choice.select_option("Other")
        if dialog:
            await bob.accept(dialog)
        for each in (ana, bob):
            await each.shows(0, word)
            await each.shows_state(0, "1" if word == "KeyboardInterrupt" else " ")
            await each.shows_state(1, " ")
        await ana.run(1)
        for each in (ana, bob):
            await each.shows(1, "second")
        kernel = await kernel_of(notebook)
        assert (kernel["execution_state"], kernel["busy_since"]) == ("idle", None)

    await ends("Interrupt Kernel", "", "KeyboardInterrupt")
    await ends("Restart Kernel…", "Restart Kernel?", "KernelRestarted")
    await ends("Change Kernel…", "Select Kernel", "KernelShutDown")
    await ends("Shut Down Kernel", "", "KernelShutDown")
    for each in (ana, bob):
        await each.close()


SILENT = """
import time
from IPython.display import display
handle = display("begun", display_id=True)
print("once")
time.sleep(75)
handle.update("ended")
print("twice")
"""


@pytest.mark.long
async def test_output_is_kept_long_after_all_pages_have_closed(server, chromium):
    notebook = Notebook.of(server, "silent.ipynb", SILENT, "print('next')")
    page = await NotebookPage.open(chromium, notebook)
    await page.run_all()
    await page.shows(0, "once")
    await page.page.close()  # jupyter-collaboration forgets a document after a minute
    await notebook.saved(["'ended' once\ntwice", "next"], 150)
    await page.reopen()
    await page.shows(0, "twice")
    await page.shows_state(1, "2")
    await page.close()
