"""The installation's own secrets: its SSH identity, and the seed of all host keys.

Each server's host key is derived from the seed and the server's id. So the database holds no
secret, and a retried creation has the same host key.
"""

import base64
import hashlib
import logging
import os
import secrets
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from provisioning.core.errors import UserError

SEED_BYTES = 32
LOST, PLANTED, ROTATED = -1, 0, 1
"""Generations of a server's host key. `LOST`: made with keys that the bot no longer has."""
KEYS_DIR = "NOTEBOOK_BOT_KEYS_DIR"

_CLIENT_KEY, _SEED = "ssh_client_ed25519", "host_key_seed"
"""The files' names."""
_ALGORITHM = b"ssh-ed25519"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HostKeyPair:
    """A host key in OpenSSH's formats: the private key is a file's text, the public key a line."""

    private_openssh: str = field(repr=False)
    public_openssh: str


class InstallationKeys:
    """The keys in `folder` (mode 0700), generated at first use; two processes get the same keys.

    All methods raise `UserError` if the folder can't be used, or a file in it is not a key.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"InstallationKeys({str(self.folder)!r})"

    @cached_property
    def client_private_key(self) -> str:
        """The bot's SSH identity on every machine: an ed25519 key in OpenSSH's format."""
        return self._load(_CLIENT_KEY, _new_client_key).decode()

    @cached_property
    def client_public_key(self) -> str:
        """The public key that a machine's admin user trusts: one line, without end of line."""
        key = _parse_client_key(self.client_private_key)
        return _openssh_public(key.public_key(), "notebook-bot")

    @property
    def exist(self) -> bool:
        """Whether both keys are in the folder. Nothing is created."""
        return all((self.folder / name).exists() for name in (_CLIENT_KEY, _SEED))

    @property
    def fingerprint(self) -> str:
        """A short word that tells these keys from others; no key can be computed from it."""
        secret = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"fingerprint").derive(
            self._seed
        )
        return hashlib.sha256(secret + self.client_public_key.encode()).hexdigest()[:32]

    def host_key(self, server_id: str, generation: int = PLANTED) -> HostKeyPair:
        """Return a host key of the server, the same for the same id, generation and seed.

        `PLANTED` is the key of a new machine; `ROTATED` replaces it during the set-up.
        """
        name = f"{server_id}:{generation}" if generation else server_id
        material = HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=b"host-key:" + name.encode()
        ).derive(self._seed)
        key = Ed25519PrivateKey.from_private_bytes(material)
        comment = f"nb-{server_id}"
        return HostKeyPair(
            _openssh_private(key, comment), _openssh_public(key.public_key(), comment)
        )

    @cached_property
    def _seed(self) -> bytes:
        seed = self._load(_SEED, lambda: secrets.token_bytes(SEED_BYTES))
        if len(seed) != SEED_BYTES:
            raise UserError(
                f"{self.folder / _SEED} is damaged: it has {len(seed)} bytes instead "
                f"of {SEED_BYTES}. Restore it from a backup: the bot can't reach "
                "running servers with another seed."
            )
        return seed

    def _load(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self.folder / name
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _tighten(self.folder, 0o700)
            if not path.exists():
                _write_once(path, make())
            _tighten(path, 0o600)
            return path.read_bytes()
        except OSError as error:
            raise UserError(
                f"The installation's keys can't be stored in {self.folder} ({error.strerror}). "
                f"Make the folder writable, or set {KEYS_DIR} to another one."
            ) from error


def _write_once(path: Path, content: bytes) -> None:
    """Write the whole file, unless another process was faster: then its file stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link never replaces the file of another process.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _tighten(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(mode)
        _log.warning("%s was readable by other users; its mode is %o now", path, mode)


def _new_client_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )


def _parse_client_key(text: str) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(text.encode(), password=None)
    except ValueError as error:
        raise UserError("The bot's SSH key is damaged. Restore it from a backup.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError("The bot's SSH key is not an ed25519 key. Restore it from a backup.")
    return key


def _openssh_public(key: Ed25519PublicKey, comment: str) -> str:
    return f"{key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} {comment}"


def _openssh_private(key: Ed25519PrivateKey, comment: str) -> str:
    """Return the key as `openssh-key-v1` (OpenSSH's PROTOCOL.key), always the same bytes.

    Libraries put a random check number into the key. Azure refuses a retried creation whose
    user-data differs, so the number is derived from the key here.
    """
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    check = hashlib.sha256(b"check:" + public).digest()[:4]
    secret = check * 2 + _strings(_ALGORITHM, public, seed + public, comment.encode())
    secret += bytes(range(1, 1 + -len(secret) % 8))
    blob = b"openssh-key-v1\0" + _strings(b"none", b"none", b"")
    blob += struct.pack(">I", 1) + _strings(_strings(_ALGORITHM, public), secret)
    text = base64.b64encode(blob).decode()
    lines = "\n".join(text[start : start + 70] for start in range(0, len(text), 70))
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\n-----END OPENSSH PRIVATE KEY-----\n"


def _strings(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)
