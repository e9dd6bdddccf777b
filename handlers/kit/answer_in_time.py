"""The time that a listener waits for its answer before it acknowledges without one."""

import asyncio
from typing import Any

ANSWER_BUDGET_SECONDS = 1.5
"""Slack shows an error after 3 s. With 500 commands at once, acknowledgements took up to 1 s more
on a busy computer."""


async def in_time(answer: "asyncio.Task[Any]") -> bool:
    """Return whether the answer is ready within the budget. A late answer is not cancelled."""
    done, _ = await asyncio.wait({answer}, timeout=ANSWER_BUDGET_SECONDS)
    return bool(done)
