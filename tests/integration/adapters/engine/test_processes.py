"""Several processes on one PostgreSQL: killed, frozen, ended, and with the database restarted."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import text

from provisioning.adapters.engine.config import open_database, open_history
from provisioning.workflows.durable.steps import Step
from tests.databases import place_database

from .small_engine import SmallEngine, until
from .worker import STEPS

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[4]
WORKER = "tests.integration.adapters.engine.worker"
TAKEOVER_SECONDS = 10.0


class Fleet:
    """The processes of a test, and their common journal. The test's own process runs no work."""

    def __init__(self, folder: Path, url: str, seconds: float = 1.0) -> None:
        self.url, self.seconds = url, seconds
        self.journal, self.log = folder / "journal", folder / "log"
        self.journal.touch()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.small = SmallEngine(url)

    async def start(self, count: int = 1) -> list[subprocess.Popen[bytes]]:
        """Start processes, and wait until they work."""
        begun = []
        with self.log.open("ab") as log:
            for _ in range(count):
                begun.append(_spawn([self.url, str(self.journal), str(self.seconds)], log))
        self.processes += begun
        pids = {each.pid for each in begun}
        await until(lambda: pids <= {line["pid"] for line in self.lines("ready")})
        return begun

    def lines(self, kind: str = "", server: str = "") -> list[dict]:
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [
            line
            for line in lines
            if (not kind or kind in line) and (not server or line.get("server") == server)
        ]

    async def begin(self, *numbers: int) -> None:
        """Begin work from the test's process, which takes none."""
        for number in numbers:
            await self.small.begin(number)

    async def runs(self, server: str, step: str = "two") -> subprocess.Popen[bytes]:
        """Wait until a step of the server has begun; return the process that runs it."""

        def begun() -> list[dict]:
            return [line for line in self.lines("begun", server) if line["begun"] == step]

        await until(lambda: bool(begun()))
        return next(each for each in self.processes if each.pid == begun()[-1]["pid"])

    async def until_done(self, *servers: str) -> None:
        async def done() -> bool:
            statuses = await self.small.statuses()
            return all(statuses.get(f"{each}:create:1") == "SUCCESS" for each in servers)

        await until(done)

    def times(self, server: str, step: str) -> int:
        return len([line for line in self.lines("begun", server) if line["begun"] == step])

    async def close(self) -> None:
        for each in self.processes:
            if each.poll() is None:
                each.send_signal(signal.SIGCONT)
                each.kill()
            each.wait()
        await self.small.close()


def _spawn(words: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", WORKER, *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


@pytest.fixture
async def fleet(tmp_path, postgres):
    fleet = Fleet(tmp_path, await place_database(tmp_path, postgres))
    await fleet.small.launch(*(Step(name, None) for name in STEPS))
    fleet.small.engine._executor.stop_taking()
    await fleet.small.engine._heartbeat.stop()
    await fleet.small.execute("delete from processes")
    yield fleet
    await fleet.close()
    postgres.drop_databases()


async def test_the_work_of_a_killed_process_goes_on_elsewhere_within_ten_seconds(fleet):
    await fleet.start(2)
    await fleet.begin(1, 2, 3, 4)
    victim = await fleet.runs("s1")
    victim.kill()
    victim.wait()
    killed = os.times().elapsed
    await fleet.until_done("s1", "s2", "s3", "s4")
    took = os.times().elapsed - killed
    assert took < TAKEOVER_SECONDS
    assert fleet.times("s1", "one") == 1, "a step that has ended is not run again"
    assert fleet.times("s1", "two") == 2
    assert fleet.times("s1", "three") == 1


async def test_a_stopped_process_hands_its_work_over_at_once(fleet):
    await fleet.start(2)
    await fleet.begin(1)
    leaver = await fleet.runs("s1")
    leaver.terminate()
    (ended,) = await fleet_until_ended(fleet, "two")
    following = await fleet.runs("s1", "three")
    assert following is not leaver
    (begun,) = [line for line in fleet.lines("begun", "s1") if line["begun"] == "three"]
    assert begun["at"] - ended["at"] < 2.0
    await fleet.until_done("s1")
    assert leaver.wait(30) == 0
    assert "Traceback" not in fleet.log.read_text()


async def fleet_until_ended(fleet, step: str) -> list[dict]:
    def ended() -> list[dict]:
        return [line for line in fleet.lines("ended", "s1") if line["ended"] == step]

    await until(lambda: bool(ended()))
    return ended()


async def test_a_frozen_process_that_wakes_does_no_harm_and_works_again(fleet):
    await fleet.start(2)
    await fleet.begin(1)
    frozen = await fleet.runs("s1")
    frozen.send_signal(signal.SIGSTOP)
    await fleet.until_done("s1")
    frozen.send_signal(signal.SIGCONT)
    await until(lambda: "others have its work" in fleet.log.read_text())
    assert fleet.times("s1", "three") == 1
    for each in fleet.processes:
        if each is not frozen:
            each.kill()
    await fleet.begin(2)
    assert await fleet.runs("s2", "one") is frozen
    await fleet.until_done("s2")
    assert fleet.times("s2", "one") == 1


async def test_a_restart_of_the_database_moves_no_work(fleet, postgres):
    await fleet.start(2)
    await fleet.begin(*range(1, 7))
    await fleet.runs("s1")
    postgres.restart()
    await fleet.until_done(*(f"s{number}" for number in range(1, 7)))
    assert "took over" not in fleet.log.read_text()
    for number in range(1, 7):
        assert [fleet.times(f"s{number}", step) for step in STEPS] == [1, 1, 1]


@pytest.mark.long
async def test_an_outage_longer_than_a_silence_makes_no_living_process_dead(fleet, postgres):
    await fleet.start(2)
    await fleet.begin(1, 2)
    await fleet.runs("s1")
    postgres.stop()
    await until_passed(8)
    postgres.start()
    await fleet.until_done("s1", "s2")
    assert "took over" not in fleet.log.read_text()


async def until_passed(seconds: float) -> None:
    begun = os.times().elapsed
    await until(lambda: os.times().elapsed - begun >= seconds)


@pytest.mark.long
async def test_a_kill_during_an_outage_of_the_database_strands_nothing(fleet, postgres):
    await fleet.start(2)
    await fleet.begin(*range(1, 7))
    victim = await fleet.runs("s1")
    postgres.stop()
    victim.kill()
    postgres.start()
    await fleet.until_done(*(f"s{number}" for number in range(1, 7)))


@pytest.mark.long
async def test_ticks_run_once_among_processes(fleet):
    await fleet.start(3)
    await until(lambda: len(fleet.lines("tick")) >= 5)
    ticks = [line["tick"] for line in fleet.lines("tick")]
    assert len(set(ticks)) == len(ticks)


async def test_a_process_that_is_frozen_in_a_transaction_loses_its_locks(fleet):
    database = open_database(fleet.url)
    async with database.connect() as connection:
        show = text("show idle_in_transaction_session_timeout")
        assert await connection.scalar(show) == "4s"
    await database.dispose()
    history = open_history(fleet.url)
    assert history is not None
    with history.connect() as connection:
        assert connection.scalar(show) == "4s"
    history.dispose()
    async with fleet.small.database.connect() as connection:
        assert await connection.scalar(show) == "10s"
