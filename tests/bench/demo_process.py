"""A demo for measuring: in a folder of its own, and gone afterwards whatever happens."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from tests.e2e.demo import Demo

STOP_SECONDS = 10.0


@asynccontextmanager
async def running_demo(speed: float, **environ: str) -> AsyncIterator[Demo]:
    """Slack, Azure and the bot, with no limit on a member's servers; `environ`: other settings.

    SIGTERM is taken like Ctrl-C, and so also ends the demo before this process ends.
    """
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="notebook-bench-", ignore_cleanup_errors=True) as home:
        demo = Demo(
            Path(home) / "demo",
            speed,
            NOTEBOOK_BOT_SERVERS_PER_MEMBER="0",
            DEMO_QUOTA_TIMES="4",
            NOTEBOOK_BOT_IDLE__AFTER="PT0S",  # nothing is stopped while it is measured
            **environ,
        )
        try:
            async with demo:
                yield demo
        finally:
            await demo.session.close()
            await asyncio.to_thread(_end_all, demo)


def _end_all(demo: Demo) -> None:
    """What a failed start or a hasty second Ctrl-C has left, by process id."""
    left = demo.processes()
    for process in left:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(left, STOP_SECONDS)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, STOP_SECONDS)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil compares the start time: never another's process
    except psutil.NoSuchProcess:
        return
