"""The time that a listener waits for its answer before it acknowledges without one."""

import asyncio
from typing import Any

ANSWER_BUDGET_SECONDS = 1.5
"""Slack shows an error after 3 s. With 500 commands at once, acknowledgements took up to 1 s more
on a busy computer."""


async def in_time(answer: "asyncio.Task[Any]", seconds: float) -> bool:
    """Return whether the answer is ready within the seconds. A late answer is not cancelled."""
    done, _ = await asyncio.wait({answer}, timeout=seconds)
    return bool(done)
