"""The organisation's own certificate: read from its files, and kept current on every server.

The bot stores neither the certificate nor its key. The key travels to the machines over SSH only.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.core.model.events import Event
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.core.retry import all_of

SETTING = "NOTEBOOK_BOT_TLS__"
_AT_ONCE = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CertificatePair:
    """A certificate with its chain and its key, both as PEM, and the certificate's fingerprint."""

    certificate: str
    key: str = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class CertificateFiles:
    """The files of the organisation's certificate and key, and the domains that it must cover."""

    certificate: Path
    key: Path
    domains: tuple[str, ...]

    def read(self) -> CertificatePair:
        """Return the certificate and key that are in the files now.

        Raises:
            UserError: if a file can't be read, the key is not the certificate's, or the
                certificate has expired or is for other names. The message names the setting.
        """
        chain, secret = self._text("certificate_file"), self._text("key_file")
        try:
            found = x509.load_pem_x509_certificate(chain.encode())
            own = load_pem_private_key(secret.encode(), None).public_key()
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{self.certificate} or {self.key} is not PEM, or has a passphrase. Check "
                f"{SETTING}CERTIFICATE_FILE and {SETTING}KEY_FILE."
            ) from error
        if own != found.public_key():
            raise UserError(
                f"The key in {self.key} does not belong to the certificate in {self.certificate}. "
                f"Check {SETTING}CERTIFICATE_FILE and {SETTING}KEY_FILE."
            )
        self._check_names_and_time(found)
        digest = found.fingerprint(hashes.SHA256()).hex(":").upper()
        return CertificatePair(chain, secret, digest)

    def _text(self, name: str) -> str:
        path = self.certificate if name == "certificate_file" else self.key
        try:
            return path.read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path} can't be read ({type(error).__name__}). Check {SETTING}{name.upper()}."
            ) from error

    def _check_names_and_time(self, found: x509.Certificate) -> None:
        if found.not_valid_after_utc <= datetime.now(UTC):
            raise UserError(
                f"The certificate in {self.certificate} expired on {found.not_valid_after_utc:%F}. "
                "Replace it with a new one; running servers get it within minutes."
            )
        try:
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            given = names.get_values_for_type(x509.DNSName)
        except x509.ExtensionNotFound:
            given = []
        missing = [name for each in self.domains if (name := f"*.{each}") not in given]
        if missing:
            raise UserError(
                f"The certificate in {self.certificate} does not cover {', '.join(missing)}. It "
                f"covers {', '.join(given) or 'no name'}. Check {SETTING}DOMAIN and "
                f"{SETTING}CERTIFICATE_FILE."
            )


class CertificateKeeper:
    """Keep the certificate in the files installed on every running server."""

    def __init__(
        self,
        files: CertificateFiles,
        host: Host,
        access: Callable[[Server], Awaitable[HostAccess]],
        store: ServerStore,
        clock: Clock,
    ) -> None:
        self._files = files
        self._host = host
        self._access = access
        self._store = store
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._watching: asyncio.Task[None] | None = None

    def start(self, seconds: float) -> None:
        """Check the servers now and every `seconds` seconds from now on."""
        self._watching = asyncio.get_running_loop().create_task(self._watch(seconds))

    async def close(self) -> None:
        """Stop checking."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self, seconds: float) -> None:
        while True:
            try:
                await self.check_all()
            except Exception:
                log.exception("certificates not checked")
            await asyncio.sleep(seconds)

    async def check_all(self) -> None:
        """Install the certificate once on each running server that has another one.

        A bad file or a machine that refuses is logged, and the next check tries again.
        """
        try:
            pair = await asyncio.to_thread(self._files.read)
        except UserError as error:
            log.warning("organisation's certificate not usable", reason=error.message)
            return
        servers = await self._store.list_servers()
        late = [
            server
            for server in servers
            if server.status is Status.RUNNING and server.certificate_sha256 != pair.sha256
        ]
        await all_of(*(self._place(server, pair) for server in late))

    async def _place(self, server: Server, pair: CertificatePair) -> None:
        async with self._slots:
            try:
                access = await self._access(server)
                sha256 = await self._host.place_certificate(access, pair.certificate, pair.key)
            except (NotYet, PermanentError) as error:
                log.warning("certificate not placed", server=server.id, reason=str(error))
                return
        event = Event(self._clock.now(), "bot", "certificate", server.id, "ok", server.name)
        await self._store.update(
            server.id,
            server.generation,
            event,
            certificate_sha256=sha256,
            tls="organisation",
            tls_reason="",
        )


def check_authorities(pem: str, setting: str) -> str:
    """Return the same text. Raises `UserError` with the setting's name if it has no certificate."""
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise UserError(f"The file in {setting} has no certificates in PEM format.") from error
    return pem
