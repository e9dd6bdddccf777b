"""The organisation's own certificate: read from its files, and kept current on every server.

Nothing of it is stored by the bot; the key goes to the machines over SSH alone.
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

SETTING = "NOTEBOOK_BOT_TLS__"
_AT_ONCE = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CertificatePair:
    """PEM texts (the certificate's chain after it), and the certificate's fingerprint."""

    certificate: str
    key: str = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class CertificateFiles:
    """Where the organisation keeps the pair, and the domains that it must be good for."""

    certificate: Path
    key: Path
    domains: tuple[str, ...]

    def read(self) -> CertificatePair:
        """What is there now.

        Raises:
            UserError: naming the setting, if a file can't be read, the two don't belong
                together, or the certificate has ended or is for other names.
        """
        chain, secret = self._text("certificate_file"), self._text("key_file")
        try:
            found = x509.load_pem_x509_certificate(chain.encode())
            own = load_pem_private_key(secret.encode(), None).public_key()
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{self.certificate} or {self.key} is not PEM without a passphrase. Check "
                f"{SETTING}CERTIFICATE_FILE and {SETTING}KEY_FILE."
            ) from error
        if own != found.public_key():
            raise UserError(
                f"The key in {self.key} is not that of the certificate in {self.certificate}. "
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
                f"The certificate in {self.certificate} ended on {found.not_valid_after_utc:%F}. "
                "Put a new one there; running servers get it within minutes."
            )
        try:
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            given = names.get_values_for_type(x509.DNSName)
        except x509.ExtensionNotFound:
            given = []
        missing = [name for each in self.domains if (name := f"*.{each}") not in given]
        if missing:
            raise UserError(
                f"The certificate in {self.certificate} is not for {', '.join(missing)}, but for "
                f"{', '.join(given) or 'no name'}. Check {SETTING}DOMAIN and "
                f"{SETTING}CERTIFICATE_FILE."
            )


class CertificateKeeper:
    """Has every running server show what the files hold."""

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
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._looking: asyncio.Task[None] | None = None

    def start(self, seconds: float) -> None:
        """Look now and every so many seconds."""
        self._looking = asyncio.get_running_loop().create_task(self._look_again(seconds))

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look_again(self, seconds: float) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("certificates not looked at")
            await asyncio.sleep(seconds)

    async def look(self) -> None:
        """Once. A file or a machine that is not right is logged and met at the next look."""
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
        await asyncio.gather(*(self._place(server, pair) for server in late))

    async def _place(self, server: Server, pair: CertificatePair) -> None:
        async with self._places:
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
    """The same text. Raises `UserError` naming the setting if it holds no certificate."""
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise UserError(f"The file in {setting} holds no certificates (PEM).") from error
    return pem
