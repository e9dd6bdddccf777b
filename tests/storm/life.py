"""The life of one server: what its owner does, one thing after another, by the seed."""

import asyncio
import re
from dataclasses import dataclass, field

from tests.storm.passwords import Shown, dm_of, shown_passwords
from tests.storm.plan import MEMBERS, Plan
from tests.storm.sandbox import Sandbox
from tests.storm.sign_in import Door, sign_in

ENDING = {"creating", "stopping", "starting", "restarting", "resizing", "deleting", "restoring"}
SIZES = ("Standard_B2s", "Standard_B2ms", "Standard_B4ms")
WAIT_SECONDS = 90.0
_ACTIONS = {
    "running": "stop stop restart password password share unshare rename resize packages enter",
    "stopped": "start start start resize rename share unshare",
    "": "start stop password resize enter",
}


@dataclass
class Life:
    """A server, with what its owner knows about it."""

    number: int
    plan: Plan
    sandbox: Sandbox
    begun: bool = False
    """Whether the bot has said that it creates the server."""
    may_be_gone: bool = False
    """Whether the owner has deleted it, or has tried to."""
    spent: set[str] = field(default_factory=set)
    """One-time passwords that the owner has typed in."""
    own: list[str] = field(default_factory=list)
    """Own passwords that the owner has chosen, oldest first."""
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = self.plan.random("life", self.number)
        self.owner = sorted(MEMBERS)[self.number % len(MEMBERS)]
        self.name = f"life-{self.number}"
        self.present = self.name

    async def run(self) -> None:
        """Create the server, use it, and leave it or delete it."""
        await self._create()
        if not self.begun:
            return
        await self._settled()
        for _ in range(self._random.randint(1, 4)):
            await self._act()
            if self._random.random() < 0.7:
                await self._settled()
            else:
                await asyncio.sleep(self._random.uniform(0.2, 4.0))
        await self._end()

    def note(self, what: str) -> None:
        """Keep what was done, for the report of a violation."""
        self.done.append(what)

    async def _create(self) -> None:
        options = self._random.choice(("", "", "", " --packages tomli-w", " --keep 2h"))
        end = asyncio.get_running_loop().time() + WAIT_SECONDS  # a bot may just have been killed
        while asyncio.get_running_loop().time() < end:
            answer = await self.sandbox.type(self.owner, f"create ubuntu {self.name}{options}")
            known = answer is not None and self.name in answer
            if known or (await self.sandbox.state(self.owner, self.name))[0]:
                self.note(f"created{options}")
                self.begun = True
                return
            self.note(f"not created: {answer}")
            await asyncio.sleep(self._random.uniform(1, 4))

    async def _settled(self) -> str:
        """Wait until nothing is under way, but not for ever; return the state."""
        loop = asyncio.get_running_loop()
        end = loop.time() + WAIT_SECONDS
        while loop.time() < end:
            name, state = await self.sandbox.state(self.owner, self.name)
            self.present = name or self.present
            if state and state not in ENDING:
                return state
            await asyncio.sleep(1.0)
        return ""

    async def _act(self) -> None:
        name, state = await self.sandbox.state(self.owner, self.name)
        self.present = name or self.present
        action = self._random.choice(_ACTIONS.get(state, _ACTIONS[""]).split())
        size, other = self._random.choice(SIZES), self._random.choice(sorted(MEMBERS))
        text = {
            "share": f"share {self.present} @{MEMBERS[other]}",
            "unshare": f"unshare {self.present} @{MEMBERS[other]}",
            "rename": f"rename {self.present} {self.present}x",
            "resize": f"resize {self.present} {size}",
            "packages": f"packages {self.present} add tomli-w",
        }.get(action, f"{action} {self.present}")
        self.note(f"{state or '?'}: {text}")
        if action == "enter":
            await self._enter()
        else:
            await self.sandbox.type(self.owner, text)

    async def shown(self) -> list[Shown]:
        """Return the one-time passwords of this server that its owner's DM shows now."""
        found = shown_passwords(await self.sandbox.messages(self.owner), dm_of(self.owner))
        url = await self.url()
        return [each for each in found if each.url == url]

    async def url(self) -> str:
        """Return the newest address that the owner's DM shows for this server."""
        pattern = re.compile(rf"\b{self.name}x*\b")
        url = ""
        for message in await self.sandbox.messages(self.owner):
            if message["channel"] == dm_of(self.owner) and pattern.search(message["text"] or ""):
                found = re.findall(r"`(https://[^`\\]+)`", str(message["blocks"]))
                url = found[0] if found and not message["ephemeral"] else url
        return url

    async def _enter(self) -> None:
        """Sign in, and choose an own password where the DM has a one-time password."""
        shown = [each for each in await self.shown() if each.password not in self.spent]
        if not shown:
            return
        self.spent.add(shown[-1].password)
        own = f"own password {self.number} {len(self.own)}"
        self.own.append(own)  # before: the answer may get lost
        door = await sign_in(shown[-1].url, self.owner, shown[-1].password, own)
        self.note(f"signed in: {door.value}")
        if door is Door.REFUSED:
            self.own.pop()

    async def _end(self) -> None:
        """Delete the server, perhaps with a snapshot and back; or leave it."""
        which = self._random.choice(("leave", "leave", "delete", "copy", "undo", "undo"))
        self.note(which)
        if which == "leave":
            return
        action = "server_delete" if which == "delete" else "server_delete_with_copy"
        self.may_be_gone = True
        await self.sandbox.delete(self.owner, self.present, action)
        if which == "undo":
            await self._settled_without()
            await self.sandbox.type(self.owner, f"undo {self.present}")
            if self._random.random() < 0.5:
                await self._settled()
                await self._act()

    async def _settled_without(self) -> None:
        """Wait until the server is deleted or as it was, but not for ever."""
        loop = asyncio.get_running_loop()
        end = loop.time() + WAIT_SECONDS
        while loop.time() < end:
            _, state = await self.sandbox.state(self.owner, self.name)
            if state not in ENDING and self._random.random() < 0.5:
                return
            await asyncio.sleep(1.0)
