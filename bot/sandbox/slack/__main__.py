"""`python -m bot.sandbox.slack`: local Slack and its page on 127.0.0.1.

Environment:
- `DEMO_PORT`: the port (3000).
- `DEMO_DIR`: the demo's folder (.demo); local Slack keeps its state in the subfolder slack.
- `DEMO_SLACK_REQUEST_URL`: the app's address for delivery over HTTP. Without it the app connects by
  Socket Mode.
- `DEMO_SLACK_MANIFEST`: the app's manifest as JSON, for the page's command hints.
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from bot.sandbox.slack.app import LocalSlack
from bot.sandbox.slack.manifest import read_commands


async def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    folder = Path(os.environ.get("DEMO_DIR", ".demo")).absolute() / "slack"
    port = int(os.environ.get("DEMO_PORT", "3000"))
    manifest = os.environ.get("DEMO_SLACK_MANIFEST")
    request_url = os.environ.get("DEMO_SLACK_REQUEST_URL") or None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    commands = read_commands(Path(manifest) if manifest else None)
    async with LocalSlack.running(
        folder, port, request_url=request_url, commands=commands
    ) as slack:
        logging.info("local Slack on %s", slack.url)
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(main())
    except (OSError, ValueError) as error:
        sys.exit(f"local Slack can't start: {error}")
