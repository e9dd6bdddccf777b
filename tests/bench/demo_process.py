"""A demo for benchmarks, in a temporary folder, whose processes are always ended afterwards."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from tests.e2e.demo import ROOT, Demo

STOP_SECONDS = 10.0


@asynccontextmanager
async def running_demo(speed: float, root: Path = ROOT, **environ: str) -> AsyncIterator[Demo]:
    """Run Slack, Azure and the bot of a checkout without a limit on a member's servers.

    `environ` has more settings. SIGTERM is handled like Ctrl-C, so it also ends the demo.
    """
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="notebook-bench-", ignore_cleanup_errors=True) as home:
        demo = Demo(
            Path(home) / "demo",
            speed,
            root,
            NOTEBOOK_BOT_SERVERS_PER_MEMBER="0",
            DEMO_QUOTA_TIMES="4",
            NOTEBOOK_BOT_IDLE__AFTER="PT0S",  # no server is stopped during a measurement
            **environ,
        )
        try:
            async with demo:
                yield demo
        finally:
            await demo.session.close()
            await asyncio.to_thread(_end_all, demo)


def _end_all(demo: Demo) -> None:
    """End the processes that a failed start or a second Ctrl-C has left, by their ids."""
    left = demo.processes()
    for process in left:
        _signal(process, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(left, STOP_SECONDS)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, STOP_SECONDS)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil compares the start time, so a reused id is safe
    except psutil.NoSuchProcess:
        return
