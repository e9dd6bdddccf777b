"""`notebook-bot server ...`, `audit`, `usage` and `limits`: asked of the running bot."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.local.caller import ask_bot
from provisioning.core.errors import UserError

_UNDER_WAY = frozenset(
    {"creating", "starting", "stopping", "restarting", "resizing", "restoring", "deleting"}
)
_PAUSE = 2.0
_COLUMNS = ("name", "owner", "status", "platform", "size", "region", "url")


async def ask(file: Path, operation: str, words: Mapping[str, Any], *, wait: bool = False) -> Any:
    """Return the bot's answer; with `wait`, the server once its present work has ended.

    Raises:
        UserError: as `ask_bot` does, and if the awaited work failed.
    """
    found = await ask_bot(file, operation, words)
    while wait and found["status"] in _UNDER_WAY:
        await asyncio.sleep(_PAUSE)
        found = await ask_bot(file, "show", {"name": found["id"]})
    if wait and found["failure"]:
        raise UserError(f"{found['name']}: {found['failure']}")
    return found


def print_servers(found: Any, report: Callable[[str], object], *, as_json: bool) -> None:
    """Print one server or several: JSON, or a line each with tabs between the columns."""
    if as_json:
        report(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for each in found if isinstance(found, list) else [found]:
        report("\t".join(str(each[name]) for name in _COLUMNS))
        if "password" in each:
            report(f"{each['password']}\t(one-time, until {each['expires_at']})")


def print_rows(
    found: Any,
    rows: Sequence[Sequence[object]],
    report: Callable[[str], object],
    *,
    as_json: bool,
) -> None:
    """Print what was found: JSON, or rows with tabs between the columns."""
    if as_json:
        report(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for row in rows:
        report("\t".join(map(str, row)))
