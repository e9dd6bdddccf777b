"""What the bot needs to reach a machine, and what a machine reports. Frozen values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class HostAccess:
    """Everything for an SSH connection whose host key is pinned from the first time on.

    `host_public_key` is one line of OpenSSH's format. `former_public_key` is accepted too until
    the machine has replaced that key; "" afterwards. `os` is "linux" or "windows".
    """

    address: str
    port: int
    user: str
    host_public_key: str
    former_public_key: str = ""
    os: str = "linux"


@dataclass(frozen=True)
class MachineEvent:
    """One line of the set-up program's report."""

    step: str
    state: str
    seconds: float = 0.0


@dataclass(frozen=True)
class PlantedPassword:
    """What a machine gets of a one-time password instead of its clear text.

    `sha256` recognises the password, `key` proves an own password that was chosen with it (both
    hex). `hash` is argon2id in PHC format, for machines of an older version.
    """

    hash: str = field(repr=False)
    sha256: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True)
class MachineLogs:
    """The last log lines of a machine's set-up and of its notebook server, oldest first.

    Anything that looks like a secret is already hidden.
    """

    set_up: tuple[str, ...]
    server: tuple[str, ...]


@dataclass(frozen=True)
class DiskUse:
    """How full a machine's disk is, in bytes.

    `free` is what members may still write: a file system may keep more for root. `largest` are the
    members' largest folders and files with their bytes, known only if the disk is nearly full.
    """

    size: int
    used: int
    free: int
    largest: tuple[tuple[str, int], ...] = ()

    @property
    def percent(self) -> int:
        """The used part, in whole percent of what members may use."""
        return int(100 * self.used / max(1, self.used + self.free))


@dataclass(frozen=True)
class DiskWarning:
    """The DM about a disk that is `level` percent full since `since`; `told`: Slack has it."""

    since: datetime
    level: int
    told: bool = False


@dataclass(frozen=True)
class LastOutput:
    """The end of the notebook that was saved last.

    `saved_ago` is in seconds by the machine's clock; `text` has the last lines of output;
    `picture` is a PNG, b"" for none.
    """

    notebook: str
    saved_ago: float
    text: str
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class ExportedNotebook:
    """A saved notebook as an HTML page. `path` is as people read it, below the work folder.

    `unknown` is None if the notebook was found; otherwise it lists the notebooks that exist.
    """

    path: str = ""
    html: str = field(default="", repr=False)
    unknown: tuple[str, ...] | None = None


@dataclass(frozen=True)
class NotebookFile:
    """A notebook's file as it is on the server. `path` is as people read it."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class UpdateResult:
    """How a machine was brought to the bot's present version.

    - `state`: "current" (nothing to do), "updated", "busy" (waits for a moment without work) or
      "kept" (the new version does not work there, and the former one goes on);
    - `jupyterlab`: the version that the server has now;
    - `log`: after "kept", the last lines of the new one;
    - `lost`: members' own packages that could not be installed again;
    - `version`: the version (a digest) that the machine has now, "" if unknown.
    """

    state: str
    jupyterlab: str = ""
    log: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class HomeFiles:
    """Files of a server's home folder as a ZIP, b"" if there are none.

    `count` is the number of files in it. `left_out` are the paths and bytes of the largest files
    that were too large for it, and `more` the number of the others.
    """

    content: bytes = field(repr=False)
    count: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    more: int = 0


class UpdateEnd(StrEnum):
    """The ways in which a requested update ends."""

    UPDATED = "updated"
    WAITS = "waits"
    OFF = "off"
    FAILED = "failed"


@dataclass(frozen=True)
class UpdateReport:
    """The ends of a round of updates: the names of its servers by end."""

    names: Mapping[UpdateEnd, tuple[str, ...]]


@dataclass(frozen=True)
class RepairResult:
    """What a repair could not mend.

    - `lost`: members' own packages that could not be installed again;
    - `refused`: why the kernels still have their former environment, or "";
    - `hiding`: members' files that hide a standard module of Python;
    - `log`: the last lines of a server that still does not answer;
    - `version`: the version (a digest) that the machine has now, "" if unknown.
    """

    lost: tuple[str, ...] = ()
    refused: str = ""
    hiding: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class SetUpResult:
    """The last report of the set-up program.

    `certificate_sha256` is the fingerprint of the server's certificate (colon-separated hex, upper
    case). `tls` names the issuer. `tls_reason` says why the certificate is the machine's own
    although another issuer was requested. `version` is the version (a digest) of what the machine
    has, "" if unknown.
    """

    certificate_sha256: str
    seconds: float
    changed: tuple[str, ...] = field(default=())
    tls: str = "self-signed"
    tls_reason: str = ""
    version: str = ""


@dataclass(frozen=True)
class Absence:
    """The time for which the cloud has not shown the server's machine.

    `since` is the first run that did not see the machine, and `looks` the number of such runs.
    `has_disk`: the last of these runs saw the server's disk.
    """

    since: datetime
    looks: int = 1
    has_disk: bool = False


@dataclass(frozen=True)
class Outage:
    """The time for which a machine runs, but its notebook does not come up.

    `since` is the end of the request that did not bring it up. If nothing is done about it, the
    cleanup stops the machine at `until`. `log` has the last lines of the notebook's log.
    """

    since: datetime
    until: datetime
    log: str = ""
