"""The contracts between the core and the world: cloud, machine, chat, store, prices.

An adapter implements one of these and is met only in `bot.wiring.bot`. Each method may be
called again with the same arguments: steps run at least once, so every `ensure_` is
silent where the thing is already so. Errors: `NotYet` (try again), `PermanentError`
(give up), both of `provisioning.core.errors`; an adapter lets no other exception of its
library through on purpose.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from provisioning.core.model.activity import Activity
from provisioning.core.model.machine import (
    ExportedNotebook,
    HostAccess,
    LastOutput,
    MachineEvent,
    MachineLogs,
    SetUpResult,
)
from provisioning.core.model.people import Member
from provisioning.platforms.catalogue import Platform


class Host(Protocol):
    """A machine over SSH, by a host key that is pinned before the first connection.

    Raises `NotYet` while it can't be reached and `PermanentError` with code
    `HostKeyChanged` if it shows another key than those of its `HostAccess`.
    """

    async def prepare(self, platform: Platform) -> None:
        """Have at hand what the set-up of such a machine brings along, before one is made. Raises
        `PermanentError` with what to do if it can't be had."""
        ...

    async def wait_until_reachable(self, access: HostAccess, timeout: float) -> None:
        """Return once SSH answers and cloud-init has ended. Raises `NotYet` after `timeout` s."""
        ...

    async def rotate_host_key(
        self, access: HostAccess, platform: Platform, private_key: str
    ) -> None:
        """Have the machine show `access.host_public_key`, whose private half is given in
        OpenSSH's format, and no longer the former one. Returns once it was seen to; silent if
        it does already. Raises `NotYet` if it keeps the former one for now."""
        ...

    async def set_up(
        self,
        access: HostAccess,
        platform: Platform,
        specification: dict[str, object],
        on_event: Callable[[MachineEvent], None],
    ) -> SetUpResult:
        """Upload the machine program, run its bootstrap and `apply`, and report each step."""
        ...

    async def verify(self, access: HostAccess) -> str:
        """Have the machine run `1+1` in a kernel through its own server; the fingerprint of the
        certificate that it shows now. Raises `PermanentError` with the machine's reason if the
        answer is not 2."""
        ...

    async def place_certificate(self, access: HostAccess, certificate: str, key: str) -> str:
        """Have the running server show this certificate (PEM, its chain after it) from now on,
        without a restart; its fingerprint."""
        ...

    async def plant_password(
        self, access: HostAccess, member: Member, password_hash: str, expires_at: datetime
    ) -> None:
        """Give `member` a new one-time password by its argon2id hash; the older one, and the
        sessions begun with it, end."""
        ...

    async def activity(self, access: HostAccess, timeout: float = 10.0) -> Activity:
        """One look at what the machine is used for, which changes nothing of it. Never
        raises: what could not be found out within `timeout` seconds is unknown, with why."""
        ...

    async def last_output(self, access: HostAccess) -> LastOutput | None:
        """The end of the notebook that was saved last; None if none shows anything. At most some
        2 MB; what looks like a secret is hidden."""
        ...

    async def give_link(
        self, access: HostAccess, member: Member, token_sha256: str, use_until: datetime
    ) -> bool:
        """Let a Jupyter client in as `member` by a token, of which only the SHA-256 (hex) is
        given: the first network address that uses it before `use_until` goes on using it; an
        older one ends. False, and nothing is done, where the machine does not let them in."""
        ...

    async def admit(
        self, access: HostAccess, platform: Platform, people: Sequence[str], keys: Sequence[str]
    ) -> None:
        """Let these people (Slack ids) in and nobody else: others' passwords, links, sessions
        and open websockets end within seconds; those who have no password get none by this.
        Over SSH, as the notebooks' user, only who has one of these keys ("algorithm base64")
        comes in, and open sessions by others end."""
        ...

    async def logs(self, access: HostAccess, platform: Platform, lines: int) -> MachineLogs:
        """The last lines of the machine's logs, without secrets."""
        ...

    async def set_packages(self, access: HostAccess, requirements: Sequence[str]) -> None:
        """Have these packages in the notebooks' environment, and those of an earlier call that
        are not among them removed. Raises `PermanentError` with the installer's last lines if
        they can't be had; then the earlier ones are the machine's."""
        ...

    async def clone_repository(
        self, access: HostAccess, platform: Platform, url: str, authorities: str
    ) -> None:
        """Have the public repository at this https address in the folder that people see, with
        `authorities` (PEM) trusted instead of the machine's own, if any. Silent if it is there.
        On a system without git it is the latest commit alone. Raises `PermanentError` with git's
        reason if it can't be had within the bounds of
        `provisioning.notebooks.repositories`; nothing of it is left then."""
        ...

    async def notebooks(self, access: HostAccess) -> Sequence[str]:
        """The paths of the notebooks that people see on the machine, the latest first; of very
        many not all."""
        ...

    async def export(self, access: HostAccess, notebook: str) -> ExportedNotebook:
        """A notebook as HTML, read and made as the notebook's user; nothing is run, and nothing
        outside the folder that people see is read. Raises `PermanentError` with the reason if it
        can't be converted, is too large, or takes longer than two minutes."""
        ...

    async def hold(self, access: HostAccess, platform: Platform) -> None:
        """Let nobody in until the next `admit`, also after a reboot and by SSH; no person is
        forgotten."""
        ...

    async def check_https(
        self, address: str, port: int, hostname: str, certificate_sha256: str
    ) -> None:
        """Connect from here, outside, and compare the certificate; then ask `/api` for its
        version. Raises `NotYet` while nothing answers, `PermanentError` on a wrong
        certificate."""
        ...
