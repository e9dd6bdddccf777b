"""The time from a slash command to its acknowledgement, as Slack measures it."""

import asyncio
import math
from typing import Any

import aiohttp

from tests.bench.report import Report
from tests.e2e.demo import Demo

DEADLINE_MS = 3000.0
"""Slack's own limit: a later acknowledgement is an error that the member sees."""
COMMAND = {"user": "U_BOB", "channel": "C_GENERAL", "text": "/notebook list"}


async def measure_commands(report: Report, demo: Demo, count: int, at_once: int) -> None:
    """Measure `count` commands one after another, then `at_once` simultaneous commands."""
    # A separate session: the default one opens at most 100 connections, so it would send the
    # other commands only after the first answers.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _type(session, demo)  # not measured, since the first command is slower
        answers = [await _type(session, demo) for _ in range(count)]
        _add(report, f"ack, {count} one after another", answers)
        answers = await asyncio.gather(*(_type(session, demo) for _ in range(at_once)))
        _add(report, f"ack, {at_once} at once", answers)


async def _type(session: aiohttp.ClientSession, demo: Demo) -> dict[str, Any]:
    async with session.post(f"{demo.url}/sandbox/commands", json=COMMAND) as answer:
        if answer.status != 200:
            return {"ack": None, "ack_ms": None, "error": f"status {answer.status}"}
        return await answer.json()


def _add(report: Report, name: str, answers: list[dict[str, Any]]) -> None:
    good = [each["ack_ms"] for each in answers if each["error"] is None and each["ack"]]
    report.add(f"{name}: errors", len(answers) - len(good), "", 0)
    if good:
        report.add(f"{name}: p50", percentile(good, 0.5), "ms")
        report.add(f"{name}: p99", percentile(good, 0.99), "ms", DEADLINE_MS)


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that at least this share of all values does not exceed."""
    return sorted(values)[math.ceil(len(values) * share) - 1]
