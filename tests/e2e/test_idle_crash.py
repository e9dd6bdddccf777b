"""kill -9 of the bot between the warning, the decision and the stop: the right thing, once.

Each moment is held open from outside (by a fault of local Slack or local Azure, or by a table that
refuses the engine's entry) until the process that is in it was killed.
"""

import sqlite3
from contextlib import AsyncExitStack, contextmanager

import pytest

from tests.e2e.demo import Demo
from tests.e2e.notebook import Site, enter

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(600)]

SECONDS_IDLE, SECONDS_GRACE = 4, 16
AT_FIRST = {"NOTEBOOK_BOT_IDLE__AFTER": "PT0S", "NOTEBOOK_BOT_IDLE__LOOK_EVERY": "PT2S"}
SETTINGS = {
    "NOTEBOOK_BOT_IDLE__AFTER": f"PT{SECONDS_IDLE}S",
    "NOTEBOOK_BOT_IDLE__AFTER_IN_WORKING_HOURS": f"PT{SECONDS_IDLE}S",
    "NOTEBOOK_BOT_IDLE__GRACE": f"PT{SECONDS_GRACE}S",
    "NOTEBOOK_BOT_IDLE__LOOK_BUDGET": "30",
    "NOTEBOOK_BOT_IDLE__SWEEP": "* * * * * *",
}
WARNING, WHY = "phoenix will be stopped", "phoenix was stopped: nothing ran on it"
SLACK_IS_DOWN = {"rate_limit": {"chat.postMessage": {"retry_after": 1, "count": 999}}}
ONE_ANSWER_IS_LOST = {"rate_limit": {}, "lose": {"chat.postMessage": {"count": 1}}}
AZURE_IS_SLOW = {"operation": "virtualMachines.deallocate", "kind": "slow", "factor": 20}


class Doomed:
    """A demo with one idle server, whose bot is killed at given moments."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    async def prepare(self):
        """The server is made while no rule applies. The bot is dead afterwards."""
        await self.demo.command("create ubuntu phoenix")
        given = await self.demo.hand_over("phoenix")
        self.demo.environ |= SETTINGS
        return given

    @contextmanager
    def database(self):
        """The bot's own, beside it."""
        database = sqlite3.connect(self.demo.folder / "bot.db", timeout=30)
        try:
            with database:
                yield database
        finally:
            database.close()

    async def until_so(self, condition: str) -> None:
        """Wait for a server with its watch of which that is true."""
        query = f"select 1 from servers join watches on server_id = servers.id where {condition}"

        def ask():
            with self.database() as database:
                return database.execute(query).fetchall()

        await self.demo.until(ask, 120)

    @contextmanager
    def engine_refuses(self, job: str):
        """The history takes no entry for that job, as if the disk were full."""
        with self.database() as database:
            database.execute(
                "create trigger refuse before insert on workflow_status when new.workflow_uuid "
                f"like '%:{job}:%' begin select raise(fail, 'no entry for now'); end"
            )
        yield
        with self.database() as database:
            database.execute("drop trigger refuse")

    async def slack(self, faults) -> None:
        await self.demo.slack("/sandbox/faults", faults)

    async def posts(self, text: str) -> list[bool]:
        """Every try of the bot to post that, and whether Slack took it."""
        entries = (await self.demo.slack("/sandbox/traffic"))["entries"]
        return [
            bool(each["response"].get("ok"))
            for each in entries
            if each["method"] == "chat.postMessage" and text in each["request"].get("text", "")
        ]

    async def until_refused(self, text: str) -> None:
        async def refused():
            return False in await self.posts(text)

        await self.demo.until(refused, 120)

    async def until_told(self, text: str) -> None:
        async def told():
            return True in await self.posts(text)

        await self.demo.until(told, 120)

    async def deallocations(self) -> int:
        """How many Azure has accepted."""
        entries = (await self.demo.azure("/sandbox/traffic?limit=100000"))["entries"]
        return sum(
            each["method"] == "POST" and "/deallocate" in each["path"] and each["status"] == 202
            for each in entries
        )


async def warned_with_four_crashes(doomed: Doomed) -> None:
    demo = doomed.demo
    with doomed.engine_refuses("warn"):
        await demo.start_bot()
        await doomed.until_so("""history like '%"kind":"idle"%'""")
        await demo.kill_bot()  # it is decided to warn, and the engine does not know
    assert await doomed.posts(WARNING) == []

    await doomed.slack(SLACK_IS_DOWN)
    await demo.start_bot()
    await doomed.until_refused(WARNING)
    await demo.kill_bot()  # the engine knows, and the owner does not

    await doomed.slack(ONE_ANSWER_IS_LOST)
    await demo.start_bot()
    await doomed.until_told(WARNING)
    await demo.kill_bot()  # the owner knows, and the bot does not know that
    with doomed.database() as database:
        assert database.execute("select notice_ts from watches").fetchall() == [("",)]

    await demo.start_bot()
    await doomed.until_so("notice_ts != ''")
    await demo.kill_bot()  # all of it is written down, and the deadline is still to come
    assert await demo.power_states() == {"phoenix": "running"}


async def stopped_with_four_crashes(doomed: Doomed) -> None:
    demo = doomed.demo
    with doomed.engine_refuses("stop"):
        await demo.start_bot()
        await doomed.until_so("status = 'stopping'")
        await demo.kill_bot()  # the stop is decided, and the engine does not know
    assert await doomed.deallocations() == 0

    await demo.azure("/sandbox/faults", AZURE_IS_SLOW)
    await doomed.slack(SLACK_IS_DOWN)
    await demo.start_bot()
    await demo.until(doomed.deallocations, 120)
    await demo.kill_bot()  # Azure is at it
    assert await demo.power_states() == {"phoenix": "deallocating"}

    await demo.start_bot()
    await doomed.until_refused(WHY)
    await demo.kill_bot()  # it has stopped, and the owner does not know why

    await doomed.slack(ONE_ANSWER_IS_LOST)
    await demo.start_bot()
    await doomed.until_told(WHY)
    await demo.kill_bot()  # the owner knows, and the bot does not know that


async def test_a_bot_killed_at_every_moment_between_warning_and_stop_does_each_once(tmp_path):
    async with Demo(tmp_path / "demo", speed=100, **AT_FIRST) as demo:
        doomed = Doomed(demo)
        await doomed.prepare()
        await demo.kill_bot()
        await warned_with_four_crashes(doomed)
        await stopped_with_four_crashes(doomed)
        await demo.start_bot()
        await doomed.until_so("end_told and status = 'stopped'")
        assert (await doomed.posts(WARNING)).count(True) == 1
        assert (await doomed.posts(WHY)).count(True) == 1
        assert await doomed.deallocations() == 1
        assert await demo.power_states() == {"phoenix": "deallocated"}
        texts = [card["text"] for card in await demo.cards()]
        assert not any(WARNING in text for text in texts)  # it says by now what became of it


async def test_work_that_began_while_the_bot_was_dead_is_not_stopped_by_an_older_warning(tmp_path):
    async with Demo(tmp_path / "demo", speed=100, **AT_FIRST) as demo, AsyncExitStack() as stack:
        doomed = Doomed(demo)
        given = await doomed.prepare()
        person = await enter(stack, Site(given.url.rstrip("/")), given.password)
        await demo.kill_bot()
        await demo.start_bot()
        await doomed.until_so("notice_ts != ''")
        await demo.kill_bot()
        with doomed.database() as database:
            query = "select json_extract(history, '$.notice.deadline') from watches"
            ((deadline,),) = database.execute(query).fetchall()
        async with person.channels(await person.kernel()) as socket:
            await person.run(socket, "import time; time.sleep(600)", until="busy")
        await demo.start_bot()

        async def taken_back():
            texts = [card["text"] for card in await demo.cards()]
            return any("phoenix is in use again" in text for text in texts)

        await demo.until(taken_back, 120)
        await doomed.until_so(f"json_extract(history, '$.seen_at') > '{deadline}'")
        await doomed.until_so("json_array_length(history, '$.evidence.work') = 1")
        assert await doomed.deallocations() == 0
        assert await demo.power_states() == {"phoenix": "running"}
