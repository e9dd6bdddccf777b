"""What the core talks about: servers, people, and what happens to them.

Frozen values only; no I/O and no Slack, Azure or SQL in here.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HostAccess:
    """All that is needed for a first, already pinned, SSH connection.

    `host_public_key` is one line of OpenSSH format. `former_public_key` is taken too as long
    as the machine may not have changed it yet; empty: it was seen to have. `os` is "linux" or
    "windows".
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
class MachineLogs:
    """The last lines of a machine's set-up and of its notebook server, oldest first; what
    looked like a secret is hidden already."""

    set_up: tuple[str, ...]
    server: tuple[str, ...]


@dataclass(frozen=True)
class LastOutput:
    """What the notebook that was saved last shows at its end: when that was, in seconds ago by
    the machine's clock, its last lines, and a picture (PNG, b"" if there is none)."""

    notebook: str
    saved_ago: float
    text: str
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class ExportedNotebook:
    """A notebook as it was saved: a whole page, and the inside of one for printing. `unknown`:
    the notebooks that there are instead, None where it was found."""

    path: str = ""
    html: str = field(default="", repr=False)
    printable: str = field(default="", repr=False)
    unknown: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SetUpResult:
    """What the set-up program reports at its end: the fingerprint of the notebook's
    certificate (SHA-256, colon-separated hex, upper case) and the seconds it took, who gave
    the certificate, and why it is the machine's own where another was wished."""

    certificate_sha256: str
    seconds: float
    changed: tuple[str, ...] = field(default=())
    tls: str = "self-signed"
    tls_reason: str = ""
