"""A process with an engine on PostgreSQL, for tests that kill, freeze and end it.

Its arguments are the database's URL and a file. It writes one JSON line to the file for each step
that begins or ends. A server's name of work says how long its three steps take.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

from bot.process.logs import configure_logs
from provisioning.adapters.engine import Schedule
from provisioning.core.model.server import Server
from provisioning.workflows.durable.steps import Step
from tests.integration.adapters.engine.small_engine import SmallEngine

STEPS = ("one", "two", "three")


class Journal:
    """The file of all processes: lines that are written whole."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, **what: object) -> None:
        line = {"pid": os.getpid(), "at": time.time(), **what}
        self._file.write(json.dumps(line).encode() + b"\n")


async def main(url: str, path: str, seconds: float) -> None:
    configure_logs("json")
    journal, stopping = Journal(Path(path)), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)

    def step(name: str) -> Step:
        async def run(server: Server) -> None:
            journal.write(begun=name, server=server.id)
            await asyncio.sleep(seconds)
            journal.write(ended=name, server=server.id)

        return Step(name, run)

    async def tick(moment: object) -> None:
        journal.write(tick=str(moment))

    small = SmallEngine(url)
    schedules = {"tick": Schedule("* * * * * *", tick)}
    await small.launch(*map(step, STEPS), schedules=schedules)
    journal.write(ready=True)
    await stopping.wait()
    await small.engine.drain(10)
    await small.close()
    journal.write(stopped=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
