"""`python -m bot.sandbox.azure`: local Azure on 127.0.0.1, on the port after `DEMO_PORT`.

`DEMO_QUOTA_TIMES` multiplies the usual quotas. `DEMO_REQUESTS_SHARE` is the part of Azure's limits
of requests that a busy subscription leaves to the bot (1).
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from bot.sandbox.azure.app import LocalAzure
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.kinds import build_machines


async def main() -> None:
    """Serve until SIGTERM or Ctrl-C, then stop every machine."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    folder = Path(os.environ.get("DEMO_DIR", ".demo")).absolute()
    port = int(os.environ.get("DEMO_PORT", "3000")) + 1
    try:
        machines = build_machines(os.environ.get("DEMO_MACHINES", "process"), folder / "machines")
    except MachinesError as error:
        sys.exit(str(error))
    seed = os.environ.get("DEMO_SEED")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with LocalAzure.running(
        folder / "azure",
        machines=machines,
        port=port,
        speed=float(os.environ.get("DEMO_SPEED", "20")),
        seed=int(seed) if seed else None,
        quota_times=int(os.environ.get("DEMO_QUOTA_TIMES", "1")),
        requests_share=float(os.environ.get("DEMO_REQUESTS_SHARE", "1")),
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
