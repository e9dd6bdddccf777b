"""Checks of what the bot keeps: the database, its place, the keys, and their backups."""

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.backup.archive import sqlite_file
from bot.backup.regular import newest_backup, passphrase_in
from bot.config.durations import as_written
from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings
from migrations.schema import current_version, knows_version, wanted_version
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.sql.health import check_tables, opened_database

_OLD = timedelta(days=2)
_LITTLE, _FULL = 1e9, 1e8
"""Free bytes below which a disk is nearly full, and full."""


async def database(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Read every page, and compare the version and the installation's record."""
    url = surroundings.settings.database_url
    file = sqlite_file(url)
    if make_url(url).get_backend_name() == "sqlite" and (file is None or not file.exists()):
        doctoring.warn(f"There is no database {file} yet.", "The bot's start makes it.")
        return
    async with opened_database(url, thorough=True) as engine:
        current, wanted = await current_version(engine), wanted_version()
        if current is not None and not knows_version(current):
            doctoring.broken(
                f"The database has version {current}; this bot knows {wanted} at most.",
                "Install the newer notebook-bot again.",
            )
            return
        if current != wanted:
            doctoring.warn(
                f"The database has version {current or 'none'}; this bot needs {wanted}.",
                "Back it up and run `notebook-bot migrate`; on SQLite the start does both.",
            )
            return
        await check_tables(engine)
        await surroundings.installation_in(engine).check()
    doctoring.ok(f"The database is whole, and has version {wanted}.")


async def keys(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Read the installation's keys, without making them."""
    folder = surroundings.settings.keys_dir
    found = InstallationKeys(folder) if folder.exists() else None
    if found is None or not found.exist:
        doctoring.warn(
            f"There are no keys in {folder} yet.",
            "The bot's start makes them. If there are servers already, restore a backup first.",
        )
        return
    if folder.stat().st_mode & 0o077:
        # Reading the keys would take the others' rights away, and the doctor changes nothing.
        doctoring.warn(f"Others than the bot may enter {folder}.", f"chmod -R go= {folder}")
        return
    doctoring.ok(f"The keys in {folder} are readable ({found.client_public_key[:40]}…).")


async def disks(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Look at the free space where the bot writes."""
    settings = surroundings.settings
    file = sqlite_file(settings.database_url)
    named = {
        "database": file.parent if file else None,
        "keys": settings.keys_dir,
        "cache": settings.cache_dir,
        "backups": settings.backup.folder,
    }
    seen: set[int] = set()
    for what, folder in named.items():
        there = _existing(folder) if folder is not None else None
        if there is None or there.stat().st_dev in seen:
            continue
        seen.add(there.stat().st_dev)
        free = shutil.disk_usage(there).free
        text = f"{free / 1e9:.1f} GB are free on the disk of the {what} ({there})"
        if free < _FULL:
            doctoring.broken(f"{text}.", "Make room: without it the bot can store nothing.")
        elif free < _LITTLE:
            doctoring.warn(f"{text}.", "Make room before it is full.")
        else:
            doctoring.ok(f"{text}.")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above that exists."""
    whole = folder.absolute()
    return next(each for each in (whole, *whole.parents) if each.exists())


async def backups(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Look for regular backups and the age of the newest."""
    settings = surroundings.settings
    folder = settings.backup.folder
    if folder is None:
        what = "database and keys" if sqlite_file(settings.database_url) else "keys"
        doctoring.advise(
            f"No backups are made of {what}.",
            "Set NOTEBOOK_BOT_BACKUP__FOLDER to a folder on another disk, or run "
            "`notebook-bot backup FILE` on a schedule of your own.",
        )
        return
    passphrase_in(settings.backup.passphrase_file)
    if not folder.is_dir():
        doctoring.broken(
            f"There is no folder {folder} for backups.",
            "Create it for the bot's account, or correct NOTEBOOK_BOT_BACKUP__FOLDER.",
        )
        return
    newest = newest_backup(folder, surroundings.clock.now())
    if newest is None:
        doctoring.warn(
            f"There is no backup in {folder} yet.", "Run `notebook-bot backup FILE` for a first."
        )
        return
    file, age = newest
    if age > _OLD:
        doctoring.broken(
            f"The newest backup, {file}, is {as_written(age)} old.",
            "The bot's log says why no newer one was written.",
        )
    else:
        doctoring.ok(f"The newest backup, {file}, is {as_written(age)} old.")
