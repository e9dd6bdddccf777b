"""`notebook-bot trace REFERENCE`: what happened behind a reference that a person has read in Slack.

A card's reference names the work for one request on a server; another one, of eight letters, names
an unexpected error in the log.
"""

import asyncio
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bot.config.settings import Settings
from provisioning.adapters.engine.history import WorkflowHistory
from provisioning.adapters.sql.audit import SqlAuditTrail
from provisioning.adapters.sql.health import opened_database
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.errors import UserError
from provisioning.core.model.names import server_in

_DELIVERY = re.compile(r"""delivery["']?[=:]\s*["']?([\w.-]+)""")
_JOURNAL = ("journalctl", "--unit=notebook-bot", "--output=cat", "--no-pager", "--since=-7d")


async def trace(
    settings: Settings, reference: str, logs: Sequence[Path], report: Callable[[str], object]
) -> None:
    """Print the server, its audit events, the steps of the work, and the lines of the log.

    Raises:
        UserError: if neither database nor log knows the reference.
    """
    server_id, generation = server_in(reference)
    found = False
    if server_id:
        async with opened_database(settings.database_url) as database:
            server = await SqlServers(database).get(server_id)
            if server is not None:
                found = True
                report(f"server {server.name} ({server.id}) of {server.owner}: {server.status}")
                events = await SqlAuditTrail(database).events(server_id)
                for event in reversed(events):
                    report(
                        f"audit {event.at:%Y-%m-%d %H:%M:%S} {event.actor} {event.action} "
                        f"{event.result} {event.detail}".rstrip()
                    )
            for line in await WorkflowHistory(database).steps_of(server_id, generation):
                report(line)
    lines = await _read(logs)
    for line in related(lines, reference):
        found = True
        report(f"log {line}")
    if not found:
        where = ", ".join(map(str, logs)) or "the journal of notebook-bot.service"
        raise UserError(
            f"Nothing is known of {reference}: not in the database, and not in {where}. Give the "
            "bot's log with --log FILE; the history of work is kept for a week."
        )


def related(lines: Sequence[str], reference: str) -> Iterator[str]:
    """Yield the lines with the reference, and those of Slack's deliveries that led to it."""
    direct = [line for line in lines if reference in line]
    deliveries = {match[1] for line in direct for match in _DELIVERY.finditer(line)}
    for line in lines:
        mine = {match[1] for match in _DELIVERY.finditer(line)}
        if reference in line or deliveries & mine:
            yield line


async def _read(logs: Iterable[Path]) -> Sequence[str]:
    texts = []
    for file in logs:
        try:
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            raise UserError(f"The log {file} can't be read ({error.strerror}).") from None
    if not texts and shutil.which(_JOURNAL[0]):
        process = await asyncio.create_subprocess_exec(
            *_JOURNAL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        texts.append((await process.communicate())[0].decode(errors="replace"))
    return [line for text in texts for line in text.splitlines()]
