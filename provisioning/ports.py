"""The contracts between the core and the world: cloud, machine, chat, store, prices.

An adapter implements one of these and is met only in `bot.wiring`. Each method may be
called again with the same arguments: steps run at least once, so every `ensure_` is
silent where the thing is already so. Errors: `NotYet` (try again), `PermanentError`
(give up), both of `provisioning.errors`; an adapter lets no other exception of its
library through on purpose.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from provisioning.activity import Activity
from provisioning.approval import ApprovalRows
from provisioning.limits import Allow, LimitRows
from provisioning.member_keys import MemberKeys
from provisioning.model import (
    Boot,
    CloudMachine,
    CloudResource,
    Delivery,
    Endpoint,
    Event,
    ExportedNotebook,
    HostAccess,
    Job,
    LastOutput,
    MachineCommand,
    MachineEvent,
    MachineLogs,
    Member,
    PowerState,
    Quota,
    Server,
    SetUpResult,
    Share,
    Size,
    Stage,
)
from provisioning.platforms.catalogue import Platform
from provisioning.shares import Shares


class Cloud(Protocol):
    """Virtual machines and what they need around them. Names derive from the server's id;
    every resource carries the tags `nb-server`, `nb-owner`, `nb-name` and `nb-installation`."""

    async def check(self) -> None:
        """Prove at start that the bot may work: credentials, subscription, resource group
        (made if missing), registered providers, and that each region sells machines. Raises
        `UserError` that names the setting that is wrong and how to fix it."""
        ...

    async def sizes(self, region: str) -> Sequence[Size]:
        """The sizes that the region sells to this subscription, from a cache of at most an hour."""
        ...

    async def missing_images(self, images: Sequence[str], region: str) -> Sequence[str]:
        """Those of the images (`publisher:offer:sku`) that the region does not offer, from a
        cache of at most an hour. One that the bot may not ask for counts as offered."""
        ...

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        """Of `sizes`, those whose cores fit into what is left of the quotas now."""
        ...

    async def quotas(self, region: str) -> Sequence[Quota]:
        """What the subscription may use in the region, as it is now."""
        ...

    async def check_capacity(self, server: Server) -> None:
        """Refuse before anything is made. Raises `PermanentError` if its region does not sell
        the size, or its cores do not fit into the family's or the region's remaining quota."""
        ...

    async def ensure_network(self, region: str) -> None:
        """The deployment's VNet, subnet and security group (inbound SSH and https only) in that
        region, one for all servers there."""
        ...

    async def ensure_address(self, server: Server) -> None:
        """The server's public IP with its DNS label (another label if it is in use)."""
        ...

    async def ensure_nic(self, server: Server) -> None:
        """The network interface, with the address and the security group attached as it is made.
        Needs the network of its region and the address."""
        ...

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """The VM, running. Returns when the cloud says it was provisioned, which is
        minutes; call it again after a crash to go on waiting for the same creation.
        One delete of the VM removes its disk, NIC and address too."""
        ...

    async def ensure_extension(self, server: Server, extension: str) -> None:
        """An extension (`publisher:type:version`) of the cloud's on the running VM. Call it again
        after a crash to go on waiting. It goes with the VM."""
        ...

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        """The script was run on the running VM, once for each name, with success; call it again
        after a crash to go on waiting for the same run. Raises `PermanentError` with the script's
        last lines if it failed. What the cloud keeps of it goes with the VM."""
        ...

    async def endpoint(self, server: Server) -> Endpoint:
        """Where the server is. Raises `NotYet` while its NIC or address does not exist."""
        ...

    async def stop_server(self, server_id: str) -> None:
        """Deallocate the VM: nothing runs and only the disk and the address cost. Silent if
        it is so. Raises `PermanentError` if the VM does not exist."""
        ...

    async def start_server(self, server_id: str) -> None:
        """Start a deallocated VM; returns when it runs. Silent if it does. Raises
        `PermanentError` if the VM does not exist or the region has no place for it now."""
        ...

    async def restart_server(self, server_id: str) -> None:
        """Boot the VM again; returns when it runs."""
        ...

    async def check_resize(self, server: Server, size: str) -> Size:
        """Refuse a change of the server's size before anything is done. Raises `PermanentError`
        if that size is not sold here, the quotas have no room for what it needs more, or the
        machine as it is can't run on it."""
        ...

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """Those that `check_resize` would let pass now, without the present one."""
        ...

    async def resize_server(self, server_id: str, size: str) -> None:
        """Give a deallocated VM another size. Silent if it has it. Raises `PermanentError` if the
        VM does not exist or the cloud refuses."""
        ...

    async def tag_server(self, server: Server) -> None:
        """Everything of the server carries its present owner in `nb-owner` and its present name
        in `nb-name`. Silent if so."""
        ...

    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        """The copy `server.copy` of its disk, complete, so that the disk may go; tagged with
        its end. What was written before the machine was stopped is in it for sure. False if
        there is neither that copy nor a disk."""
        ...

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        """As `ensure_vm`, with a disk made of the copy `server.copy`: user, keys and files are
        those on it. Raises `PermanentError` if the copy is gone. The copy stays."""
        ...

    async def delete_copy(self, server_id: str, copy: str) -> None:
        """Remove that copy; if it does not exist, returns without error."""
        ...

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Remove everything that carries the server's tag, in the order that the cloud asks
        for, also in the middle of its creation; all but the copy of the word `keep`. Returns
        when nothing is left; if nothing exists, returns without error."""
        ...

    async def list_resources(self) -> Sequence[CloudResource]:
        """All resources with this installation's tag and a server's id."""
        ...

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """What the VMs of these servers do, `ABSENT` where there is none. Lists lag behind:
        ask `machine` before anything is done about it."""
        ...

    async def machine(self, server_id: str) -> CloudMachine | None:
        """The server's VM as it is now; None if it does not exist or carries another
        installation's tag."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Prices(Protocol):
    """What a size costs."""

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        """US dollars an hour, pay as you go, in that region; `os` is "linux" or
        "windows". None if the list does not know it or does not answer in time."""
        ...


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
        `provisioning.repositories`; nothing of it is left then."""
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


class Notifier(Protocol):
    """What the owner is told, in one message ("card") a server, by DM.

    A card is drawn from the server's row; its place is kept in the row by `Store.set_card`.
    All methods raise `DeliveryError` if Slack did not take the message.
    """

    async def show_progress(self, server: Server) -> None:
        """Draw or redraw the card of a server that is being made. May be dropped or merged
        with a later one when the chat's rate limit is near: it never raises."""
        ...

    async def show_ready(
        self, server: Server, password: str, *, as_new_message: bool = False
    ) -> Delivery:
        """Hand over: URL and one-time password, each alone in a code span, when it
        expires, fingerprint, price, buttons. `as_new_message` posts it below everything
        else and takes the password off the older card."""
        ...

    async def show_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        """The card says what the row's status is, what that means and what can be done: being
        stopped, stopped, starting, running, failed, deleted. No password is on it.
        `as_new_message` as for `show_ready`."""
        ...

    async def warn_host_key_changed(self, server: Server) -> None:
        """Tell the owner not to trust the server, and every admin to look at it: somebody may
        stand between it and the bot."""
        ...

    async def show_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        """Tell the owner that packages are being installed, and with the `place` of that
        message how it ended: "" well, else the installer's last lines."""
        ...

    async def show_shared(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        """Invite the person of the share, by a new DM to them alone: URL and one-time password
        as in `show_ready`, whose server it is, and that they share its files and kernels. An
        earlier invitation loses its password."""
        ...

    async def show_share_ended(self, server: Server, share: Share) -> None:
        """The message of that share says that the person has no access by it any more, and
        why. Where it can't be changed any more, returns without error."""
        ...


class Work(Protocol):
    """What the use cases ask of the engine; all of it returns at once and survives a crash."""

    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        """Begin the job; what runs for an older generation of the server ends first. The same
        job never begins twice for the same `key`, which is the generation if left out."""
        ...


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """The current time in UTC, with its time zone."""
        ...


class Store(Shares, MemberKeys, LimitRows, ApprovalRows, Protocol):
    """Who owns what. Every change of a server is one transaction with its audit event."""

    async def add_server(
        self,
        server: Server,
        event: Event,
        allow: Allow | None = None,
        shares: Sequence[Share] = (),
    ) -> tuple[Server, bool]:
        """Insert the row, and with whom it is shared from the start. Returns (row, True), or
        (the earlier row, False) if its `request_key` is known already. `allow` is asked in the
        transaction, with what there is then, the new server included; what it raises undoes it.
        Raises `UserError` if a live server has the name."""
        ...

    async def get(self, server_id: str) -> Server | None:
        """The row, whatever its status; None if there is none."""
        ...

    async def find(self, name: str) -> Server | None:
        """The live server of that name, else the latest ended one, else None."""
        ...

    async def list_servers(
        self,
        owner: str | None = None,
        live: bool = True,
        failed_since: datetime | None = None,
    ) -> Sequence[Server]:
        """Servers by age, oldest first; of one owner or of all; live ones, or all that there
        ever were. With `failed_since` also those that failed after that."""
        ...

    async def update(
        self,
        server_id: str,
        generation: int,
        event: Event | None = None,
        /,
        **changes: object,
    ) -> Server | None:
        """Change fields of the row if its generation still is `generation`, and write the
        event in the same transaction. None if somebody else moved on: drop the change. Raises
        `UserError` if a live server has the name that it would get."""
        ...

    async def update_shown_password(
        self, server: Server, used_at: datetime | None, event: Event
    ) -> Server | None:
        """The card shows no password any more, as one that was used then (None: it expired,
        without the event). None if it is not the password that `server` says it shows."""
        ...

    async def kept_copies(self, owner: str | None = None) -> Sequence[Server]:
        """Deleted servers of whose disks a copy is kept, also over its end; latest first."""
        ...

    async def creation_seconds(self, platform: str, size: str, most: int) -> Sequence[float]:
        """From the request to the hand-over, of the latest `most` that came to one."""
        ...

    async def set_card(self, server_id: str, delivery: Delivery) -> None:
        """Remember where the server's card is."""
        ...

    async def set_stage(self, server_id: str, generation: int, stage: Stage, detail: str) -> bool:
        """Move the progress; False if the generation is no longer current."""
        ...

    async def record(self, event: Event) -> None:
        """Write an audit event that changes no server."""
        ...

    async def events(
        self, server_id: str | None = None, limit: int = 200, since: datetime | None = None
    ) -> Sequence[Event]:
        """The audit trail, latest first; of one server or of all, since a moment or ever."""
        ...

    async def count_events(
        self, server_id: str | None = None, since: datetime | None = None
    ) -> int:
        """How many lines `events` would have without a limit."""
        ...

    async def remember_member(self, member: Member, now: datetime) -> None:
        """Keep who used the bot, with the name that people see."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
