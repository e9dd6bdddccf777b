"""The critical path of a creation: the cloud's own durations and the machine's work.

No creation can be faster. Everything else counts as the bot's overhead: its own steps, SSH, the
hand-over, and its waits. The bot sees the end of an operation up to one poll late, and a machine's
answer up to one pause late.
"""

import asyncio
import re
import sqlite3
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.machines.ports import machine_ports
from tests.e2e.demo import Demo

PROBE_SECONDS = 0.05
HANDSHAKE_SECONDS = 5.0
PAUSE_SECONDS = 1.0
"""Seconds between two attempts of a step whose machine does not answer yet: `NotYet.retry_in`."""
LAST_STEP = "create.hand_over"
AT_THE_SAME_TIME = ("virtualNetworks.put", "networkSecurityGroups.put", "publicIPAddresses.put")
IN_ORDER = ("networkInterfaces.put", "virtualMachines.put")
"""Operations of the path; one that Azure answers at once has no record and takes no time."""


@dataclass(frozen=True)
class CriticalPath:
    """The parts of the path in seconds.

    `recorded` is the cloud's time at speed 1; the machines' time is never scaled.
    """

    cloud: float
    recorded: float
    boot: float
    set_up: float
    notebook: float
    late: dict[str, float]
    """Parts of the bot's overhead, by name; the rest of the overhead is the steps' own time."""

    @property
    def machine(self) -> float:
        """The seconds from power on until a kernel has computed."""
        return self.boot + self.set_up + self.notebook


async def see_https_open(demo: Demo, name: str) -> float:
    """Return the Unix time of the first TLS handshake at the server's public port.

    The port is tried every 50 ms, as soon as the bot has stored the address at the end of the
    set-up. A connection alone is no evidence: the port's forwarder accepts it before the notebook
    server runs.
    """
    question = "select address from servers where name = ? and address <> ''"
    rows = await demo.until(lambda: rows_of(demo, question, name), 600)
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # the bot checks, not we
    while True:
        with suppress(OSError):
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                _, writer = await asyncio.open_connection(
                    rows[0][0], machine_ports().https, ssl=anyone
                )
            writer.transport.abort()
            return time.time()
        await asyncio.sleep(PROBE_SECONDS)


async def critical_path(demo: Demo, name: str, since: float, opened: float) -> CriticalPath:
    """Return the critical path of a server whose creation has ended.

    `since` is the time of the command, `opened` that of the port's first answer (Unix times).
    """
    operations = (await demo.azure("/sandbox/operations"))["operations"]
    mine = [each for each in operations if each["started"] >= since]
    vm = next(each for each in mine if each["operation"] == "virtualMachines.put")
    (server_id,) = rows_of(demo, "select id from servers where name = ?", name)[0]
    # The engine records a step after its end, so it may record the last one after the DM.
    await demo.until(lambda: LAST_STEP in steps_of(demo, server_id))
    steps = steps_of(demo, server_id)
    set_up_began, set_up_ended = steps["create.set_up"]
    check_began, check_ended = steps["create.verify"]
    last_wait = _last_wait(demo, server_id)
    if last_wait is not None:
        check_began = max(check_began, last_wait + PAUSE_SECONDS)
    # The check waits on the machine for its own server. The wait until the port opens is the
    # machine's time, and must count only once.
    check_began = max(check_began, opened)
    late = {
        "until the first step": steps["create.check_capacity"][0] - since,
        "VM seen late": steps["create.vm"][1] - vm["ended"],
        "SSH": steps["create.connect"][1] - steps["create.connect"][0],
        "https seen late": check_began - max(opened, set_up_ended),
        "hand-over": steps[LAST_STEP][1] - steps[LAST_STEP][0],
    }
    return CriticalPath(
        cloud=_cloud(mine, "scaled_seconds"),
        recorded=_cloud(mine, "seconds"),
        boot=vm["ended"] - vm["started"] - vm["scaled_seconds"],
        set_up=set_up_ended - set_up_began,
        notebook=max(0.0, opened - set_up_ended) + check_ended - check_began,
        late=late,
    )


def _cloud(operations: list[dict[str, Any]], key: str) -> float:
    def longest(*names: str) -> float:
        return max((each[key] for each in operations if each["operation"] in names), default=0.0)

    return longest(*AT_THE_SAME_TIME) + sum(longest(name) for name in IN_ORDER)


def steps_of(demo: Demo, server_id: str) -> dict[str, tuple[float, float]]:
    """Return each step's start and end (Unix times) from the engine's history."""
    rows = rows_of(
        demo,
        "select function_name, started_at_epoch_ms, completed_at_epoch_ms "
        "from operation_outputs where workflow_uuid like ?",
        f"{server_id}:create:%",
    )
    return {name: (began / 1000, ended / 1000) for name, began, ended in rows}


def _last_wait(demo: Demo, server_id: str) -> float | None:
    """Return when the bot last found the https port closed; None if it never did."""
    wait = re.compile(rf"^(\S+) .*step waits.*server={server_id} step=verify", re.MULTILINE)
    moments = wait.findall((demo.folder / "bot.log").read_text(errors="replace"))
    return datetime.fromisoformat(moments[-1]).timestamp() if moments else None


def rows_of(demo: Demo, question: str, *values: str) -> list[Any]:
    url = f"file:{demo.folder}/bot.db?mode=ro"
    with closing(sqlite3.connect(url, uri=True, timeout=10)) as connection:
        return connection.execute(question, values).fetchall()
