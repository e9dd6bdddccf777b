"""`python -m bot.sandbox.slack`: local Slack and its page on 127.0.0.1:`DEMO_PORT`."""

import asyncio
import os
import signal
from pathlib import Path

from bot.sandbox.slack.app import LocalSlack


async def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    folder = Path(os.environ.get("DEMO_DIR", ".demo")).absolute() / "slack"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with LocalSlack.running(folder, int(os.environ.get("DEMO_PORT", "3000"))):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
