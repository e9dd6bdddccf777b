"""What must hold when a storm is over. Each violation is a sentence with what was seen."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, select

from provisioning.adapters.engine import history_url
from provisioning.adapters.sql.schema.tables import servers, shares
from provisioning.core.model.server import Status
from tests.storm.life import ENDING, Life
from tests.storm.passwords import dm_of, shown_passwords
from tests.storm.plan import MEMBERS
from tests.storm.sandbox import Json, Sandbox
from tests.storm.sign_in import Door, sign_in

_LATER_TRIES = 30
_SAYS = {
    Status.RUNNING: ("is ready", "is running"),
    Status.STOPPED: ("is stopped",),
    Status.FAILED: ("could not be created",),
    Status.DELETED: ("was deleted", "was not restored"),
}
_CARDS = ("notebook_server", "notebook_older_card")
_HOURGLASS = re.compile(r"hourglass_flowing_sand:|^(Creating|Stopping|Starting|Deleting) ")


@dataclass(frozen=True)
class Violation:
    """A broken promise: of which kind, and what was seen."""

    kind: str
    seen: str


@dataclass
class Checks:
    """Compares the database, the cloud, the messages and the machines."""

    sandbox: Sandbox
    database_url: str

    def __post_init__(self) -> None:
        self._engine = create_engine(history_url(self.database_url), pool_pre_ping=True)
        self.entered = 0
        """Passwords that opened a machine."""

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def rows(self) -> list[Any]:
        """Return all rows of servers."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(servers)))

    def _shares(self) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(select(shares).where(shares.c.ended_at.is_(None))))

    async def at_rest(self, lives: Sequence[Life]) -> list[Violation]:
        """Return what is not as it must be once everything has settled."""
        rows = self.rows()
        resources = await self.sandbox.resources()
        if resources is None:
            return [Violation("stuck", "local Azure does not answer")]
        found = _stuck(rows) + _lost_lives(rows, lives) + _in_the_cloud(rows, resources)
        messages = {user: await self.sandbox.messages(user) for user in MEMBERS}
        for user, seen in messages.items():
            found += _under_way(user, seen, rows)
        for row in rows:
            life = life_of(row, lives)
            if life is not None:
                found += _cards(row, messages[row.owner], life)
        return found

    async def left(self, resources: Sequence[Json]) -> list[Violation]:
        """Return what is left after every server was deleted."""
        return [Violation("left", f"{each['id']} {each['tags']}") for each in resources]

    async def passwords(self, lives: Sequence[Life]) -> list[Violation]:
        """Sign in to each running server, as its owner and as each guest."""
        found, tried = list[Violation](), 0
        shared = self._shares()
        for row in self.rows():
            life = life_of(row, lives)
            if life is None or row.status is not Status.RUNNING:
                continue
            tried += 1
            found += await self._owner_enters(row, life)
            for share in shared:
                if share.server_id == row.id and share.member != row.owner:
                    tried += 1
                    found += await self._guest_enters(row, share.member)
        self.entered += tried - len(found)
        return found

    async def _owner_enters(self, row: Any, life: Life) -> list[Violation]:
        tried: list[str] = []
        for _ in range(_LATER_TRIES):
            tried = []
            shown = await self._shown(row, row.owner)
            if shown and shown[-1] not in life.spent:
                life.spent.add(shown[-1])
                door = await sign_in(row.url, row.owner, shown[-1])
                if door is Door.CHOICE:
                    return []
                tried.append(f"the DM's {shown[-1][:5]}...: {door.value}")
            for own in reversed(life.own):
                door = await sign_in(row.url, row.owner, own)
                if door is Door.OPEN:
                    return []
                tried.append(f"{own}: {door.value}")
            if not shown and not life.own:
                tried.append("the DM shows no password, and none was chosen")
                await self.sandbox.type(row.owner, f"password {row.name}")  # as the card says
            await asyncio.sleep(2)
        return [Violation("password", f"{row.name} {row.id}: {'; '.join(tried)}; {life.done}")]

    async def _guest_enters(self, row: Any, member: str) -> list[Violation]:
        tried = "the DM shows no password"
        for _ in range(_LATER_TRIES):
            shown = await self._shown(row, member)
            if shown:
                door = await sign_in(row.url, member, shown[-1])
                if door is Door.CHOICE:
                    return []
                tried = door.value
            else:
                await self.sandbox.type(member, f"password {row.name}")
            await asyncio.sleep(2)
        return [Violation("password", f"{row.name} {row.id}: guest {member}: {tried}")]

    async def _shown(self, row: Any, user: str) -> list[str]:
        found = shown_passwords(await self.sandbox.messages(user), dm_of(user))
        return [each.password for each in found if each.url == row.url]


def life_of(row: Any, lives: Sequence[Life]) -> Life | None:
    """Return the life whose server the row is."""
    return next((each for each in lives if re.fullmatch(rf"{each.name}x*", row.name)), None)


def _stuck(rows: Sequence[Any]) -> list[Violation]:
    found = []
    for row in rows:
        what = f"{row.name} {row.id} of {row.owner}: {row.status.value} {row.stage.value}"
        if row.status.value in ENDING:
            found.append(Violation("stuck", what))
        elif row.status is Status.RUNNING and row.people_applied < row.people_version:
            found.append(Violation("stuck", f"{what}: access list"))
        elif row.status is Status.RUNNING and row.packages != row.packages_applied:
            found.append(Violation("stuck", f"{what}: packages {row.packages}"))
    return found


def _lost_lives(rows: Sequence[Any], lives: Sequence[Life]) -> list[Violation]:
    known = Counter(life.number for row in rows if (life := life_of(row, lives)))
    found = [
        Violation("lost", f"{each.name} of {each.owner} was accepted and has no row: {each.done}")
        for each in lives
        if each.begun and not known[each.number]
    ]
    return found + [
        Violation("double", f"{each.name} has {known[each.number]} rows")
        for each in lives
        if known[each.number] > 1
    ]


def _in_the_cloud(rows: Sequence[Any], resources: Sequence[Json]) -> list[Violation]:
    """Compare each server's row with what Azure has of it."""
    by_id = {row.id: row for row in rows}
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    found = []
    for each in resources:
        server, kind = each["tags"]["nb-server"], each["type"].rpartition("/")[2].lower()
        kinds[server][kind] += 1
        row = by_id.get(server)
        is_copy = kind == "snapshots" and row is not None and row.copy
        if row is None or (not row.status.is_live and not is_copy):
            state = row.status.value if row is not None else "no row"
            found.append(Violation("orphan", f"{each['id']} ({state})"))
    for row in rows:
        if not row.status.is_live or row.status.value in ENDING:
            continue
        mine = kinds[row.id]
        if not mine["disks"]:
            found.append(Violation("lost disk", f"{row.name} {row.id} {row.status.value} {mine}"))
        if not mine["virtualmachines"]:
            found.append(Violation("lost VM", f"{row.name} {row.id} {row.status.value} {mine}"))
        found += [
            Violation("double", f"{row.name} {row.id} has {mine[kind]} {kind}")
            for kind in ("virtualmachines", "disks")
            if mine[kind] > 1
        ]
    return found


def _under_way(user: str, messages: Sequence[Json], rows: Sequence[Any]) -> list[Violation]:
    """Find messages that show work under way, for ever.

    Packages of a server that does not run wait for its next start, and their message with them.
    """
    waiting = [
        f"packages on `{row.name}`"
        for row in rows
        if row.status is not Status.RUNNING and row.packages != row.packages_applied
    ]
    return [
        Violation("stale card", f"{user}: {each['ts']} {each['text']}")
        for each in messages
        if each["channel"] == dm_of(user)
        and not each["ephemeral"]
        and _HOURGLASS.search(each["text"] or "")
        and not any(words in each["text"] for words in waiting)
    ]


def _is_card(message: Json, server_id: str) -> bool:
    """Return whether the message is, or was, the server's card."""
    mark = message["metadata"] or {}
    of = (mark.get("event_payload") or {}).get("server_id")
    return of == server_id and mark.get("event_type") in _CARDS


def _cards(row: Any, messages: Sequence[Json], life: Life) -> list[Violation]:
    """Compare the server's cards in its owner's DM with its row."""
    what = f"{row.name} {row.id} of {row.owner}: {row.status.value}"
    mine = [
        each for each in messages if each["channel"] == dm_of(row.owner) and _is_card(each, row.id)
    ]
    if not mine:
        return [Violation("unexplained", f"{what}, but the owner's DM has no card")]
    newest, found = mine[-1], []
    says = _SAYS.get(row.status, ())
    if says and not any(each in newest["text"] for each in says):
        found.append(Violation("stale card", f"{what}, but the newest card: {newest['text']}"))
    active = [each for each in mine if '"actions"' in str(each["blocks"]).replace("'", '"')]
    if len(active) > 1:
        seen = [(each["ts"], each["text"][:60]) for each in active]
        found.append(Violation("double", f"{what} has {len(active)} cards with buttons: {seen}"))
    if row.status is Status.FAILED and not (row.failure and active):
        found.append(Violation("unexplained", f"{what}: {newest['text']}"))
    if row.status is Status.DELETED and not life.may_be_gone:
        found.append(Violation("unexplained", f"{what}, and nobody has deleted it: {life.done}"))
    return found
