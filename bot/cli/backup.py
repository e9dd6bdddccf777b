"""`notebook-bot backup` and `restore`, and what `doctor` says of backups."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.backup.archive import sqlite_file, write_backup
from bot.backup.regular import newest_backup, passphrase_in
from bot.backup.restore import restore
from bot.config.durations import as_written
from bot.config.settings import Settings

_OLD = timedelta(days=2)


def back_up(
    settings: Settings, target: Path, passphrase_file: Path | None, report: Callable[[str], object]
) -> None:
    """Write a backup and say what it has."""
    passphrase = passphrase_in(passphrase_file or settings.backup.passphrase_file)
    facts = write_backup(settings, target, passphrase)
    size = target.stat().st_size / 1e6
    protected = "encrypted" if passphrase else "not encrypted: everyone who has it has the keys"
    report(f"{target}: {size:.1f} MB, {protected}.")
    if facts.database_version:
        report(f"It has the database (tables of version {facts.database_version}) and the keys.")
    else:
        report(
            "It has the keys alone. The database is on PostgreSQL: back it up with pg_dump at the "
            "same time."
        )


def bring_back(
    settings: Settings,
    source: Path,
    passphrase_file: Path | None,
    report: Callable[[str], object],
    *,
    replace: bool,
) -> None:
    """Restore a backup."""
    passphrase = passphrase_in(passphrase_file or settings.backup.passphrase_file)
    restore(settings, source, report, passphrase, replace=replace)


def advice_of_backups(settings: Settings) -> list[str]:
    """Return a line if there are no regular backups, or the newest one is old."""
    folder = settings.backup.folder
    if folder is None:
        what = "database and keys" if sqlite_file(settings.database_url) else "keys"
        return [
            f"backups: none are made of {what}. Set NOTEBOOK_BOT_BACKUP__FOLDER to a folder on "
            "another disk, or run `notebook-bot backup FILE` on a schedule of your own."
        ]
    newest = newest_backup(folder, datetime.now(UTC))
    if newest is None:
        return [f"backups: there is none in {folder} yet."]
    file, age = newest
    if age > _OLD:
        return [f"backups: the newest one, {file}, is {as_written(age)} old."]
    return []
