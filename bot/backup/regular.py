"""Regular backups of the running bot: dated files in a folder, the newest ones kept."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.backup.archive import write_backup
from bot.config.settings import Settings
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.language import N_

_NAMES = "notebook-bot-*.backup"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RegularBackups:
    """The backups of one installation in the folder of the settings."""

    settings: Settings
    folder: Path

    async def tick(self, scheduled_at: datetime) -> None:
        """Write a backup, and remove the oldest ones.

        Raises:
            PermanentError: if it can't be written; an admin must act.
        """
        target = self.folder / f"notebook-bot-{scheduled_at:%Y%m%d-%H%M%S}.backup"
        try:
            passphrase = passphrase_in(self.settings.backup.passphrase_file)
            await asyncio.to_thread(write_backup, self.settings, target, passphrase)
            old = sorted(self.folder.glob(_NAMES))[: -self.settings.backup.kept]
            for each in old:
                each.unlink(missing_ok=True)
        except (UserError, OSError) as error:
            raise PermanentError(
                N_(
                    "{reason} Until that is mended, the newest backup grows old.",
                    reason=getattr(error, "message", str(error)),
                ),
                "BackupFailed",
            ) from error
        log.info("backup written", file=str(target), removed=len(old))


def passphrase_in(file: Path | None) -> str:
    """Return the passphrase in a file, "" without one.

    Raises:
        UserError: if the file can't be read or is empty.
    """
    if file is None:
        return ""
    try:
        passphrase = file.read_text("utf-8").strip()
    except OSError as error:
        raise UserError(f"The passphrase's file can't be read: {error}.") from error
    if not passphrase:
        raise UserError(f"The passphrase's file {file} is empty.")
    return passphrase


def newest_backup(folder: Path, now: datetime) -> tuple[Path, timedelta] | None:
    """Return the newest backup in a folder and its age; None if there is none."""
    found = max(folder.glob(_NAMES), key=lambda each: each.stat().st_mtime, default=None)
    if found is None:
        return None
    return found, timedelta(seconds=max(0.0, now.timestamp() - found.stat().st_mtime))
