"""`notebook-bot backup` and `restore`."""

from collections.abc import Callable
from pathlib import Path

from bot.backup.archive import write_backup
from bot.backup.regular import passphrase_in
from bot.backup.restore import restore
from bot.config.settings import Settings


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
