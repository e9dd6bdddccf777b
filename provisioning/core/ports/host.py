"""The contract of a machine.

Steps run at least once, so each method may be called again with the same arguments and is silent
if its work is done already. Errors: `NotYet` (try again) and `PermanentError` (give up). An
adapter lets no other exception of its library through on purpose.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from provisioning.core.model.activity import Activity
from provisioning.core.model.machine import (
    DiskUse,
    ExportedNotebook,
    HomeFiles,
    HostAccess,
    LastOutput,
    MachineEvent,
    MachineLogs,
    NotebookFile,
    PlantedPassword,
    RepairResult,
    SetUpResult,
    UpdateResult,
)
from provisioning.core.model.people import Member
from provisioning.platforms.catalogue import Platform


class Host(Protocol):
    """A machine over SSH, with a host key that is pinned before the first connection.

    Each method raises `NotYet` while the machine can't be reached, and `PermanentError` with code
    `HostKeyChanged` if the machine shows a key that its `HostAccess` does not have.
    """

    @property
    def version(self) -> str:
        """The version (a digest) that a machine has after a set-up or an update by this bot."""
        ...

    async def prepare(self, platform: Platform) -> None:
        """Fetch the files that the set-up of such a machine uploads, before a machine is created.

        Raises `PermanentError` with the remedy if they can't be fetched.
        """
        ...

    async def wait_until_reachable(self, access: HostAccess, timeout: float) -> None:
        """Return once SSH answers and cloud-init has ended. Raises `NotYet` after `timeout` s."""
        ...

    async def rotate_host_key(
        self, access: HostAccess, platform: Platform, private_key: str
    ) -> None:
        """Make the machine show `access.host_public_key` and no longer the former key.

        `private_key` is the private half in OpenSSH's format. Returns once the machine has shown
        the new key. Raises `NotYet` if the machine keeps the former key for now.
        """
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

    async def update(
        self, access: HostAccess, platform: Platform, *, despite_work: bool, zone: str = ""
    ) -> UpdateResult:
        """Bring the server's environment and the bot's programs to the present version.

        `zone` is the owner's time zone (IANA's name); "" keeps the machine's.
        The new one is tried beside the present one, which goes on if that fails. The server is
        restarted, and without `despite_work` only if nothing of members runs.
        """
        ...

    async def repair(self, access: HostAccess, platform: Platform) -> RepairResult:
        """Bring the machine up to date, make the kernels' environment anew with members' own
        packages, and restart the server. Kernels and terminals end; files stay."""
        ...

    async def verify(self, access: HostAccess) -> str:
        """Run `1+1` in a kernel through the server, and return its certificate's fingerprint.

        Raises `PermanentError` with the machine's reason if the answer is not 2.
        """
        ...

    async def place_certificate(self, access: HostAccess, certificate: str, key: str) -> str:
        """Make the running server show a certificate (PEM, followed by its chain), without a
        restart. Return its fingerprint."""
        ...

    async def plant_password(
        self, access: HostAccess, member: Member, password: PlantedPassword, expires_at: datetime
    ) -> None:
        """Give a member a new one-time password, never in clear. The older password and the
        sessions that began with it end."""
        ...

    async def activity(self, access: HostAccess, timeout: float = 10.0) -> Activity:
        """Probe what the machine is used for, without any change to it.

        Never raises: what is not found out within `timeout` seconds is unknown, with the reason.
        """
        ...

    async def grow_disk(self, access: HostAccess) -> DiskUse:
        """Let the file system fill a disk that has grown, and return its sizes.

        Safe to run twice. Raises `PermanentError` with the machine's reason.
        """
        ...

    async def last_output(self, access: HostAccess) -> LastOutput | None:
        """Return the end of the notebook that was saved last; None if no notebook has output.

        At most about 2 MB. Anything that looks like a secret is hidden.
        """
        ...

    async def give_link(
        self, access: HostAccess, member: Member, token_sha256: str, use_until: datetime
    ) -> bool:
        """Let a Jupyter client in as `member` by a token; the machine gets its SHA-256 (hex) alone.

        The first network address that uses the token before `use_until` may go on using it. An
        older token of the member ends. Returns False, and does nothing, if the machine does not
        let the member in.
        """
        ...

    async def admit(
        self, access: HostAccess, platform: Platform, people: Sequence[str], keys: Sequence[str]
    ) -> None:
        """Let only these people (Slack ids) in; an empty list lets no member in.

        Passwords, links, sessions and open websockets of all others end within seconds. A person
        without a password does not get one. Over SSH, as the notebooks' user, only these keys
        ("algorithm base64") come in, and open sessions with other keys end.
        """
        ...

    async def logs(self, access: HostAccess, platform: Platform, lines: int) -> MachineLogs:
        """Return the last lines of the machine's logs, without secrets."""
        ...

    async def set_packages(self, access: HostAccess, requirements: Sequence[str]) -> None:
        """Install these packages in the notebooks' environment, and remove those of an earlier
        call that are not among them.

        Raises `PermanentError` with the installer's last lines if they can't be installed; the
        earlier packages then stay.
        """
        ...

    async def clone_repository(
        self, access: HostAccess, platform: Platform, url: str, authorities: str
    ) -> None:
        """Clone a public repository by its https address into the folder that members see.

        `authorities` (PEM), if any, are trusted in place of the machine's own. On a system without
        git the latest commit alone is cloned. Raises `PermanentError` with git's reason if the
        clone fails or exceeds the bounds of `provisioning.notebooks.repositories`; then nothing of
        it is left.
        """
        ...

    async def notebooks(self, access: HostAccess) -> Sequence[str]:
        """Return the paths of the notebooks that members see, the latest first; not all of very
        many."""
        ...

    async def export(self, access: HostAccess, notebook: str) -> ExportedNotebook:
        """Convert a notebook to HTML as the notebooks' user.

        A name without its folder or `.ipynb`, or in other letters' case, is found if only one
        notebook is meant. Runs no cell, and reads nothing outside the folder that members see.
        Raises `PermanentError` with the reason if the notebook can't be read or converted, is too
        large, or takes longer than two minutes.
        """
        ...

    async def notebook_file(self, access: HostAccess, notebook: str) -> NotebookFile | None:
        """Return a notebook's file as it is; None if there is no such notebook.

        Raises `PermanentError` if the file is larger than 32 MiB, or takes longer than two minutes.
        """
        ...

    async def files(self, access: HostAccess, path: str) -> HomeFiles | None:
        """Return the files of the home folder, or those below a path in it, as a ZIP.

        At most about 40 MB: the smallest files first. Needs no notebook server, and no room on the
        disk. Returns None if there is no such path. Raises `PermanentError` if that takes longer
        than two minutes.
        """
        ...

    async def hold(self, access: HostAccess, platform: Platform) -> None:
        """Close the machine to all people until the next `admit`, also over SSH and after a reboot.
        The list of people stays."""
        ...

    async def check_https(
        self, address: str, port: int, hostname: str, certificate_sha256: str
    ) -> None:
        """Connect to the server from outside, compare its certificate, and ask `/api` for its
        version.

        Raises `NotYet` while nothing answers, and `PermanentError` on a wrong certificate.
        """
        ...
