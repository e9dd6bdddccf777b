"""kill -9 of the bot between the warning, the decision and the stop: each happens exactly once.

Each moment is prolonged from outside until the bot has been killed. A fault of local Slack or local
Azure does that, or a table that refuses the engine's entry.
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
    """A demo with one idle server, whose bot is killed at chosen moments."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    async def prepare(self):
        """Create the server while no rule applies, and set the rules for the next bot."""
        await self.demo.command("create ubuntu phoenix")
        given = await self.demo.hand_over("phoenix")
        self.demo.environ |= SETTINGS
        return given

    @contextmanager
    def database(self):
        """Open the bot's database in parallel with the bot."""
        database = sqlite3.connect(self.demo.folder / "bot.db", timeout=30)
        try:
            with database:
                yield database
        finally:
            database.close()

    async def until_so(self, condition: str) -> None:
        """Wait until the condition is true for a server and its watch."""
        query = f"select 1 from servers join watches on server_id = servers.id where {condition}"

        def ask():
            with self.database() as database:
                return database.execute(query).fetchall()

        await self.demo.until(ask, 120)

    @contextmanager
    def engine_refuses(self, job: str):
        """Have the engine's history refuse entries for a job, as with a full disk."""
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
        """Return for each attempt of the bot to post a text whether Slack accepted it."""
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

    async def until_posted(self, text: str) -> None:
        async def accepted():
            return True in await self.posts(text)

        await self.demo.until(accepted, 120)

    async def deallocations(self) -> int:
        """Return the number of deallocations that Azure has accepted."""
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
        await demo.kill_bot()  # the warning is decided, but the engine has no entry yet
    assert await doomed.posts(WARNING) == []

    await doomed.slack(SLACK_IS_DOWN)
    await demo.start_bot()
    await doomed.until_refused(WARNING)
    await demo.kill_bot()  # the engine has the entry, but the owner has no message yet

    await doomed.slack(ONE_ANSWER_IS_LOST)
    await demo.start_bot()
    await doomed.until_posted(WARNING)
    await demo.kill_bot()  # the owner has the message, but the bot has lost Slack's answer
    with doomed.database() as database:
        assert database.execute("select notice_ts from watches").fetchall() == [("",)]

    await demo.start_bot()
    await doomed.until_so("notice_ts != ''")
    await demo.kill_bot()  # everything is stored, and the deadline is in the future
    assert await demo.power_states() == {"phoenix": "running"}


async def stopped_with_four_crashes(doomed: Doomed) -> None:
    demo = doomed.demo
    with doomed.engine_refuses("stop"):
        await demo.start_bot()
        await doomed.until_so("status = 'stopping'")
        await demo.kill_bot()  # the stop is decided, but the engine has no entry yet
    assert await doomed.deallocations() == 0

    await demo.azure("/sandbox/faults", AZURE_IS_SLOW)
    await doomed.slack(SLACK_IS_DOWN)
    await demo.start_bot()
    await demo.until(doomed.deallocations, 120)
    await demo.kill_bot()  # Azure is deallocating the machine
    assert await demo.power_states() == {"phoenix": "deallocating"}

    await demo.start_bot()
    await doomed.until_refused(WHY)
    await demo.kill_bot()  # the server has stopped, but the owner has no message yet

    await doomed.slack(ONE_ANSWER_IS_LOST)
    await demo.start_bot()
    await doomed.until_posted(WHY)
    await demo.kill_bot()  # the owner has the message, but the bot has lost Slack's answer


async def test_a_bot_killed_at_any_moment_between_warning_and_stop_does_each_once(tmp_path):
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
        assert not any(WARNING in text for text in texts)  # the warning's card shows the outcome


async def test_work_that_began_while_the_bot_was_dead_is_not_stopped(tmp_path):
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
