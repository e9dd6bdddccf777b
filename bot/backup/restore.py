"""Put the database and the keys of a backup in place."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.backup.archive import (
    DATABASE,
    KEYS,
    Facts,
    copy_database,
    require_sound,
    sqlite_file,
    unpacked,
)
from bot.config.settings import Settings
from bot.process.lock import only_process
from migrations.schema import knows_version, wanted_version
from provisioning.core.errors import UserError


def restore(
    settings: Settings,
    source: Path,
    report: Callable[[str], object],
    passphrase: str = "",
    *,
    replace: bool = False,
) -> None:
    """Restore a backup, while no bot runs.

    A database and keys that are there already are kept beside it under a dated name; without
    `replace` they are a reason to refuse.

    Raises:
        UserError: if a bot runs, the backup can't be used, or something is there already.
    """
    database = sqlite_file(settings.database_url)
    folder = (database or settings.keys_dir).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    with (
        only_process(settings.database_url),
        unpacked(source, folder, passphrase) as (facts, content),
    ):
        _require_usable(facts, content, has_place=database is not None)
        _require_room(settings, database, replace=replace)
        _place(settings.keys_dir, database, content, report)
    report(f"Restored the backup of {facts.created_at} (tables of version {_version(facts)}).")
    if database is None:
        report("It has the keys alone: restore PostgreSQL's database with its own tools.")
    report(
        "Next: `notebook-bot doctor`, then start the bot. Servers that were made after the backup "
        "are reported to the admins, who take them over with `admin adopt`."
    )


def _version(facts: Facts) -> str:
    return facts.database_version or "unknown"


def _require_usable(facts: Facts, content: Path, *, has_place: bool) -> None:
    """Refuse a backup of another kind of database, of a newer version, or a damaged one."""
    file = content / DATABASE
    if file.exists() != has_place:
        there, here = ("SQLite", "PostgreSQL") if file.exists() else ("PostgreSQL", "SQLite")
        raise UserError(f"The backup is of a bot on {there}, and the settings name {here}.")
    if not has_place:
        return
    if not knows_version(facts.database_version):
        raise UserError(
            f"The backup's tables have version {_version(facts)}, and this notebook-bot knows "
            f"versions up to {wanted_version()}. Install the newer notebook-bot first."
        )
    with closing(sqlite3.connect(file)) as database:
        require_sound(database, file)


def _require_room(settings: Settings, database: Path | None, *, replace: bool) -> None:
    there = [database] if database is not None and database.exists() else []
    there += [settings.keys_dir] if any(settings.keys_dir.glob("*")) else []
    if there and not replace:
        raise UserError(
            f"{' and '.join(map(str, there))} would be replaced, so nothing was done. With "
            "--replace what is there is kept under a dated name."
        )


def _place(
    keys: Path, database: Path | None, content: Path, report: Callable[[str], object]
) -> None:
    try:
        _place_keys(keys, content / KEYS, report)
        if database is not None:
            _place_database(database, content / DATABASE, report)
    except OSError as error:
        raise UserError(
            f"The backup could not be put in place: {error}. Run the command again once that is "
            "mended."
        ) from error


def _dated(path: Path) -> Path:
    return path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%d-%H%M%S}")


def _place_keys(folder: Path, keys: Path, report: Callable[[str], object]) -> None:
    if any(folder.glob("*")):
        kept = _dated(folder)
        folder.rename(kept)
        report(f"The former keys are in {kept}.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for key in sorted(keys.glob("*")):
        key.chmod(0o600)
        key.replace(folder / key.name)


def _place_database(database: Path, restored: Path, report: Callable[[str], object]) -> None:
    """Put the database in place by one rename, so that a crash never leaves none.

    The former one's log must not be there: SQLite would apply it to the restored file.
    """
    if database.exists():
        kept = _dated(database)
        _keep(database, kept)
        report(f"The former database is {kept}.")
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
    with restored.open("rb") as file:
        os.fsync(file.fileno())
    restored.chmod(0o600)
    restored.replace(database)


def _keep(database: Path, kept: Path) -> None:
    try:
        copy_database(database, kept)
    except UserError:  # damaged: its files are kept as they are
        kept.unlink(missing_ok=True)
        os.link(database, kept)
        for ending in ("-wal", "-shm"):
            log = Path(f"{database}{ending}")
            if log.exists():
                log.rename(f"{kept}{ending}")
