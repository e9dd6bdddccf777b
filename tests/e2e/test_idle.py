"""The scheduled cleanup on real machines, with each way of using a server done for real.

It stops all idle servers and no others, and their files are kept.
"""

import asyncio
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import asyncssh
import pytest

from bot.sandbox.machines.ports import machine_ports
from tests.e2e.demo import Demo
from tests.e2e.notebook import OWN, Site, choose_password, enter, run_cell, sign_in
from tests.integration.machine.jupyter_server import Browser
from tests.integration.machine.person import Person

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(900)]

SECONDS_IDLE, SECONDS_GRACE, SECONDS_WATCHED = 45, 30, 150
AT_FIRST = {
    "NOTEBOOK_BOT_SERVERS_PER_MEMBER": "0",
    "NOTEBOOK_BOT_IDLE__AFTER": "PT0S",
    "NOTEBOOK_BOT_IDLE__LOOK_EVERY": "PT10S",
}
"""Settings with which no server is stopped, until every server is used as its name says."""
SETTINGS = {
    "NOTEBOOK_BOT_IDLE__AFTER": f"PT{SECONDS_IDLE}S",
    "NOTEBOOK_BOT_IDLE__AFTER_IN_WORKING_HOURS": f"PT{SECONDS_IDLE}S",
    "NOTEBOOK_BOT_IDLE__GRACE": f"PT{SECONDS_GRACE}S",
    "NOTEBOOK_BOT_IDLE__SWEEP": "*/5 * * * * *",
    "NOTEBOOK_BOT_IDLE__LOOK_BUDGET": "30",
}
CELLS = {
    "silent-cell": "import time; time.sleep(3600)",
    "printing-cell": "import time\nfor n in range(9999): print(n, flush=True); time.sleep(1)",
}
THREAD = (
    "import threading, time\ndef work():\n    while True: sum(range(10**5)); time.sleep(.02)"
    "\nthreading.Thread(target=work, daemon=True).start()"
)
JOBS = {
    "silent-terminal": "sleep 3600",
    "printing-terminal": "while sleep 1; do date; done",
    "nohup-job": "nohup sleep 3600 >/dev/null 2>&1 & exit",
}
BUSY = (*CELLS, "thread", *JOBS, "ssh-session")
IDLE = ("visible-tab", "hidden-tab", "nothing")


async def use(name: str, person: Person) -> None:
    """Use a server as its name says, and close the browser."""
    if name in CELLS or name == "thread":
        kernel = await person.kernel()
        async with person.channels(kernel) as socket:
            if name in CELLS:
                await person.run(socket, CELLS[name], until="busy")
            else:
                await person.run(socket, THREAD)
    elif name in JOBS:
        socket = await person.open_terminal()
        await person.type(socket, JOBS[name])
        await asyncio.sleep(1)  # so that the shell reads the line before its page is closed
        await socket.close()


async def open_ssh(stack: AsyncExitStack, site: Site, key: asyncssh.SSHKey) -> None:
    """Open a shell over SSH, with the member's own key."""
    connection = await stack.enter_async_context(
        asyncssh.connect(
            urlsplit(site.url).hostname,
            machine_ports().ssh,
            username="notebook",
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
        )
    )
    shell = await stack.enter_async_context(connection.create_process())
    shell.stdin.write("echo here\n")
    assert await shell.stdout.readline() == "here\n"


async def test_all_idle_servers_are_stopped_and_no_others(tmp_path, browser):
    async with Demo(tmp_path / "demo", speed=100, **AT_FIRST) as demo, AsyncExitStack() as stack:
        await create_and_use_all(demo, stack)
        await open_tabs(demo, browser)
        await demo.kill_bot()
        demo.environ |= SETTINGS
        await demo.start_bot()
        await only_idle_servers_stop(demo)
        await a_stopped_server_starts_with_its_file(demo)


async def create_and_use_all(demo: Demo, stack: AsyncExitStack) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    await demo.command(f"keys add {key.export_public_key().decode().strip()} ana@laptop")
    for name in (*BUSY, *IDLE):
        await demo.command(f"create ubuntu {name}")
    for name in BUSY:
        given = await demo.hand_over(name, seconds=400)
        site = Site(given.url.rstrip("/"))
        person = await enter(stack, site, given.password)
        if name == "ssh-session":
            await open_ssh(stack, site, key)
        else:
            await use(name, person)


async def open_tabs(demo: Demo, browser) -> None:
    context = await browser.new_context(ignore_https_errors=True)
    for name in ("visible-tab", "hidden-tab"):
        given = await demo.hand_over(name, seconds=400)
        page = await context.new_page()
        await sign_in(page, given.url, given.password)
        await choose_password(page, OWN)
        await run_cell(page, "open('kept.txt', 'w').write('hello')")
        if name == "hidden-tab":
            await (await context.new_page()).bring_to_front()


async def only_idle_servers_stop(demo: Demo) -> None:
    async def stopped():
        powers = await demo.power_states()
        return all(powers[name] == "deallocated" for name in IDLE)

    await demo.until(stopped, SECONDS_IDLE + SECONDS_GRACE + 200, pause=1)
    await all_busy_servers_run(demo)

    async def explained():
        texts = [card["text"] for card in await demo.cards()]
        endings = (f"{name} was stopped: nothing ran on it" for name in IDLE)
        return [sum(ending in text for text in texts) for ending in endings]

    async def all_explained():
        return await explained() == [1] * len(IDLE)

    await demo.until(all_explained, pause=1)
    await asyncio.sleep(SECONDS_WATCHED)  # twice the policy's time, enough for a wrong stop
    await all_busy_servers_run(demo)
    assert await explained() == [1] * len(IDLE)
    warned = [card["text"] for card in await demo.cards() if "will be stopped" in card["text"]]
    assert [text for text in warned if text.startswith(BUSY)] == []


async def all_busy_servers_run(demo: Demo) -> None:
    powers = await demo.power_states()
    assert {name: powers[name] for name in BUSY} == dict.fromkeys(BUSY, "running")


async def a_stopped_server_starts_with_its_file(demo: Demo) -> None:
    await demo.command("start visible-tab")

    async def running():
        return "visible-tab: running" in await demo.command("list")

    await demo.until(running, 120, pause=1)
    site = Site((await url_of(demo, "visible-tab")).rstrip("/"))
    async with Browser(site, {}) as again:
        assert (await again.sign_in(OWN)).status == 302
        answer = await again.get("/api/contents/kept.txt?content=1")
        assert (await answer.json())["content"] == "hello"


async def url_of(demo: Demo, name: str) -> str:
    listed = await demo.command("list")
    line = next(line for line in listed.splitlines() if line.startswith(f"{name}:"))
    return line.split()[-1]
