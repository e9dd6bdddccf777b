"""One file with everything that an installation can't get back from Azure: database and keys.

It is a tar file, compressed, with `backup.json`, `keys/...` and, on SQLite, `notebook-bot.db`. With
a passphrase it is encrypted as a whole.
"""

import base64
import io
import json
import os
import secrets
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy.engine import make_url

from bot.config.settings import Settings
from provisioning.core.errors import UserError

DATABASE, KEYS, FACTS = "notebook-bot.db", "keys", "backup.json"
_ENCRYPTED = b"notebook-bot encrypted backup 1\n"
_SALT_BYTES = 16
_COST = 2**15
"""scrypt's cost, about a tenth of a second and 32 MB (RFC 7914)."""


@dataclass(frozen=True)
class Facts:
    """What a backup says of itself."""

    created_at: str
    program: str
    database_version: str
    """Version of the tables; "" if the database is on PostgreSQL and not in the file."""
    installation: str


def sqlite_file(database_url: str) -> Path | None:
    """Return the SQLite database's file; None for PostgreSQL."""
    url = make_url(database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if is_file else None


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database that may be in use, as of one moment, readable for its owner alone.

    Raises:
        UserError: if the database is damaged or can't be read.
        OSError: if the copy can't be written.
    """
    target.touch(mode=0o600)
    try:
        read_only = f"{source.resolve().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(read_only, uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            copy.execute("pragma journal_mode=delete")
            require_sound(copy, source)
    except sqlite3.Error as error:
        if "full" in str(error) or "I/O" in str(error):
            raise OSError(str(error)) from error
        raise UserError(f"The database {source} can't be copied: {error}.") from error


def copy_before_upgrade(database_url: str, version: str) -> Path | None:
    """Copy a SQLite database of that version beside itself, and return the copy.

    Raises:
        UserError: if there is no room for it; nothing should be migrated then.
    """
    source = sqlite_file(database_url)
    if source is None or not source.is_file():
        return None
    target = source.with_name(f"{source.name}.{version}.{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        copy_database(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise UserError(
            f"The database {source} must be migrated, and there is no room for a copy of it "
            f"({error}). Nothing was changed. Free some space, then start again."
        ) from error
    return target


def require_sound(database: sqlite3.Connection, name: Path) -> None:
    """Have SQLite read every page.

    Raises:
        UserError: if a page is damaged.
    """
    found = database.execute("pragma quick_check(1)").fetchone()[0]
    if found != "ok":
        raise UserError(f"The database {name} is damaged: {str(found).splitlines()[-1]}.")


def tables_version(file: Path) -> str:
    """Return the version of the tables in a SQLite file; "" if it has none."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        try:
            row = database.execute("select version_num from alembic_version").fetchone()
        except sqlite3.OperationalError:
            return ""
    return str(row[0]) if row else ""


def write_backup(settings: Settings, target: Path, passphrase: str = "") -> Facts:
    """Write the backup, whole or not at all, readable for its owner alone.

    The bot may be running.

    Raises:
        UserError: if the database or the keys can't be read, or the file can't be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            packed, facts = _packed(settings, Path(folder))
            if passphrase:
                packed.write_bytes(_encrypted(packed.read_bytes(), passphrase))
            with packed.open("rb") as file:
                os.fsync(file.fileno())
            packed.replace(target)
    except OSError as error:
        raise UserError(f"The backup {target} can't be written: {error}.") from error
    return facts


def _packed(settings: Settings, folder: Path) -> tuple[Path, Facts]:
    source, copied = sqlite_file(settings.database_url), folder / DATABASE
    if source is not None:
        if not source.is_file():
            raise UserError(f"There is no database {source} to back up.")
        copy_database(source, copied)
    facts = Facts(
        datetime.now(UTC).isoformat(timespec="seconds"),
        version("notebook-bot"),
        tables_version(copied) if source is not None else "",
        settings.installation,
    )
    packed = folder / "packed"
    packed.touch(mode=0o600)
    with tarfile.open(packed, "w:gz") as archive:
        _add_text(archive, FACTS, json.dumps(asdict(facts), indent=2))
        if source is not None:
            archive.add(copied, DATABASE)
        for key in sorted(each for each in settings.keys_dir.glob("*") if each.is_file()):
            archive.add(key, f"{KEYS}/{key.name}")
    return packed, facts


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry, content = tarfile.TarInfo(name), text.encode()
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


@contextmanager
def unpacked(source: Path, folder: Path, passphrase: str = "") -> Iterator[tuple[Facts, Path]]:
    """Unpack a backup into a new folder inside `folder`, and remove that folder afterwards.

    Raises:
        UserError: if the file is no backup, damaged, or encrypted with another passphrase.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as place:
        try:
            content = source.read_bytes()
            if content.startswith(_ENCRYPTED):
                content = _decrypted(content, passphrase)
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
                archive.extractall(place, filter="data")
            facts = Facts(**json.loads((Path(place) / FACTS).read_text("utf-8")))
        except (OSError, tarfile.TarError, EOFError, ValueError, TypeError) as error:
            raise UserError(f"{source} is no whole backup of notebook-bot: {error}.") from error
        yield facts, Path(place)


def _key(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _encrypted(content: bytes, passphrase: str) -> bytes:
    salt = secrets.token_bytes(_SALT_BYTES)
    return _ENCRYPTED + salt + _key(passphrase, salt).encrypt(content)


def _decrypted(content: bytes, passphrase: str) -> bytes:
    if not passphrase:
        raise UserError("The backup is encrypted: name the file of its passphrase.")
    salt, token = content[len(_ENCRYPTED) :][:_SALT_BYTES], content[len(_ENCRYPTED) + _SALT_BYTES :]
    try:
        return _key(passphrase, salt).decrypt(token)
    except InvalidToken:
        raise UserError("The passphrase is another one, or the backup is damaged.") from None
