"""How long a listener waits for its answer before it acknowledges without it."""

import asyncio
from typing import Any

ANSWER_BUDGET_SECONDS = 1.5
"""Slack shows an error after 3 s. With 500 commands at once their acknowledgements, which all come
due together, took up to 1 s more on a busy computer."""


async def in_time(answer: "asyncio.Task[Any]") -> bool:
    """Whether the answer is there within the budget; it is not cancelled if it isn't."""
    done, _ = await asyncio.wait({answer}, timeout=ANSWER_BUDGET_SECONDS)
    return bool(done)
