"""The inbox: each command and click is written down before it is acknowledged, and done once.

Slack delivers an interaction again if it has not seen the acknowledgement, perhaps to another
process. After a crash, another process (or the next one) does the clicks that were not done. It
notifies members whose commands may not have been carried out: a repetition could do them twice.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from handlers.commands.registry import command_name
from handlers.kit.blocks import Message, code, plain
from handlers.kit.toolkit import Toolkit
from provisioning.core.language import _, speaking
from provisioning.core.model.request import Interaction, InteractionKind
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.interactions import InteractionStore

STALE = timedelta(minutes=10)
"""Age after which nothing follows from an interaction: its member has done something else."""
REMEMBERED = timedelta(hours=1)
_LONGEST = 60

log = structlog.get_logger(__name__)


def recorded_click(body: Mapping[str, Any]) -> str:
    """Return what the bot stores of a click: no message, no token and no response_url."""
    kept = {name: body[name] for name in ("user", "actions", "trigger_id") if name in body}
    return json.dumps(kept | {"container": {"type": body.get("container", {}).get("type")}})


def recorded_command(text: str) -> str:
    """Return what the bot stores of a typed command: its first words, without what follows.

    An option may be an address with a token in it.
    """
    return " ".join(text.split()[:2])[:_LONGEST]


@dataclass(frozen=True)
class Inbox:
    """The record of interactions; `holder` returns the name of this process."""

    store: InteractionStore
    clock: Clock
    kit: Toolkit
    holder: Callable[[], str]

    async def take(self, kind: InteractionKind, key: str, member: str, content: str) -> bool:
        """Record an interaction; False if another delivery of it was recorded before."""
        now = self.clock.now()
        return await self.store.add(Interaction(key, kind, member, content, now), self.holder())

    async def finish(self, key: str) -> None:
        """Note that the interaction has been answered; a failure is logged."""
        try:
            await self.store.finish(key, self.clock.now())
        except Exception:
            log.exception("answered interaction not noted")

    async def recover(self, click: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Go on with the interactions of processes that ended; `click` does a recorded click."""
        now = self.clock.now()
        for each in await self.store.take_abandoned(self.holder()):
            log.warning("interaction goes on after a crash", kind=each.kind, member=each.member)
            try:
                if each.received_at > now - STALE:
                    await self._go_on(each, click)
            except Exception:
                log.exception("interaction of an ended process not answered")
            await self.finish(each.key)
        await self.store.forget(now - REMEMBERED)

    async def _go_on(
        self, each: Interaction, click: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        if each.kind is InteractionKind.CLICK:
            await click(json.loads(each.content))
            return
        with speaking(await self.kit.languages.of(each.member)):
            await self.kit.messages.send(
                each.member, interrupted(each.content), must_arrive=False, after_quiet_hours=False
            )


def interrupted(text: str) -> Message:
    """Return the message about a command during which the bot was restarted."""
    typed, listed = code(f"{command_name()} {text}".strip()), code(f"{command_name()} list")
    return plain(
        _(
            "I was restarted while I worked on {command}, so it may not have been carried out. "
            "Check {list}, and type the command again if needed.",
            command=typed,
            list=listed,
        )
    )


def repeated() -> Message:
    """Return the answer to the second delivery of a command that another process answers."""
    return plain(
        _(
            "Slack sent me this command twice. I carry it out once; {list} shows the result.",
            list=code(f"{command_name()} list"),
        )
    )
