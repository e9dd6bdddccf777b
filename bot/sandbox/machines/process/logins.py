"""SSH sessions: logind's record of them, and sshd's messages in the journal."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.journal import Journal

_FIRST_LEADER = 1 << 22
"""A number above all real process ids (proc_pid_max(5)): sessions have no process of their own."""


@dataclass(frozen=True)
class Login:
    """One session; `end` closes its connection and ends everything that runs in it."""

    id: str
    user: User
    leader: int
    end: Callable[[], None]


class Logins:
    """The sessions of one boot. `unit` is the service for which the SSH server writes messages."""

    def __init__(self, journal: Journal, unit: str) -> None:
        self._journal, self._unit = journal, unit
        self._numbers = itertools.count(1)
        self._logins: dict[str, Login] = {}

    def begin(
        self, user: User, peer: tuple[str, int], key: asyncssh.SSHKey, end: Callable[[], None]
    ) -> Login:
        """Record the session of a user who has signed in by key."""
        number = next(self._numbers)
        login = Login(str(number), user, _FIRST_LEADER + number, end)
        self._logins[login.id] = login
        kind = key.get_algorithm().removeprefix("ssh-").upper()
        self._journal.write(
            self._unit,
            f"Accepted publickey for {user.name} from {peer[0]} port {peer[1]} ssh2: {kind} "
            f"{key.get_fingerprint()}",
            identifier="sshd",
            pid=login.leader,
        )
        return login

    def ended(self, login: Login) -> None:
        """Record the end of a connection."""
        self._logins.pop(login.id, None)

    async def loginctl(self, args: list[str]) -> Answer:
        """Answer a call of loginctl.

        It knows `list-sessions --no-legend --no-pager`, `show-session ID -p Service -p Leader` and
        `terminate-session ID`.
        """
        match args:
            case ["list-sessions", "--no-legend", "--no-pager"]:
                lines = (
                    f"{each.id:>7} {each.user.uid} {each.user.name} - -\n"
                    for each in self._logins.values()
                )
                return Answer(stdout="".join(lines))
            case ["show-session", id, "-p", "Service", "-p", "Leader"] if id in self._logins:
                return Answer(stdout=f"Leader={self._logins[id].leader}\nService=sshd\n")
            case ["terminate-session", id] if id in self._logins:
                self._logins.pop(id).end()
                return Answer()
            case ["show-session" | "terminate-session", id, *_]:
                return Answer(1, stderr=f"Failed to get session path: No session '{id}' known\n")
        words = " ".join(args)
        return Answer(2, stderr=f"loginctl: this machine's stand-in does not know {words}\n")
