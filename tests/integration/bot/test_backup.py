"""A backup of a database in use, its way back, and what is refused."""

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.backup.archive import copy_before_upgrade, write_backup
from bot.backup.regular import RegularBackups, newest_backup, passphrase_in
from bot.backup.restore import restore
from bot.cli.backup import back_up
from bot.cli.doctor import diagnose
from bot.config.sections import BackupSettings
from bot.process.lock import only_process
from bot.serve import prepare
from migrations.schema import wanted_version
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.sql.health import opened_database
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.model.events import Event
from tests.bots import settings_in
from tests.databases import place_database
from tests.fakes import FakeClock
from tests.unit.handlers.samples import RUNNING


@pytest.fixture
async def settings(tmp_path):
    """Settings of an installation with keys and a running server."""
    await place_database(tmp_path)
    settings = settings_in(tmp_path)
    await prepare(settings)
    await add(settings, "sales")
    return settings


async def add(settings, name):
    async with opened_database(settings.database_url) as database:
        event = Event(FakeClock().now(), "U_ANA", "create", name, "accepted")
        await SqlServers(database).add_server(
            replace(RUNNING, id=name, name=name, request_key=name), event
        )


async def names(settings):
    async with opened_database(settings.database_url) as database:
        return sorted(each.name for each in await SqlServers(database).list_servers())


def file_of(settings):
    return settings.keys_dir.parent / settings.database_url.rpartition("/")[2]


def lose_everything(settings):
    for path in settings.keys_dir.parent.iterdir():
        if path.is_file() and path.name.startswith(file_of(settings).name):
            path.unlink()
    for key in settings.keys_dir.iterdir():
        key.unlink()


@pytest.mark.parametrize("passphrase", ["", "correct horse"])
async def test_all_is_back_after_everything_was_lost(settings, tmp_path, passphrase):
    identity = InstallationKeys(settings.keys_dir).client_public_key
    backup = tmp_path / "elsewhere" / "one.backup"
    write_backup(settings, backup, passphrase)
    lose_everything(settings)
    restore(settings, backup, lambda line: None, passphrase)
    assert await names(settings) == ["sales"]
    assert InstallationKeys(settings.keys_dir).client_public_key == identity
    assert backup.stat().st_mode & 0o777 == 0o600
    assert file_of(settings).stat().st_mode & 0o777 == 0o600
    assert settings.keys_dir.stat().st_mode & 0o777 == 0o700
    assert list(backup.parent.iterdir()) == [backup]


async def test_a_backup_has_what_is_in_the_log_of_a_database_in_use(settings, tmp_path):
    async with opened_database(settings.database_url) as database:
        event = Event(FakeClock().now(), "U_ANA", "create", "late", "accepted")
        late = replace(RUNNING, id="late", name="late", request_key="late")
        await SqlServers(database).add_server(late, event)
        with only_process(settings.database_url):
            await asyncio.to_thread(write_backup, settings, tmp_path / "one.backup")
    lose_everything(settings)
    restore(settings, tmp_path / "one.backup", lambda line: None)
    assert await names(settings) == ["late", "sales"]


async def test_an_encrypted_backup_shows_nothing_and_wants_its_passphrase(settings, tmp_path):
    backup = tmp_path / "one.backup"
    write_backup(settings, backup, "correct horse")
    assert b"sales" not in backup.read_bytes()
    for passphrase, said in (("", "is encrypted"), ("wrong", "is another one")):
        with pytest.raises(UserError, match=said):
            restore(settings, backup, lambda line: None, passphrase, replace=True)
    assert await names(settings) == ["sales"]


async def test_what_is_there_is_replaced_only_on_request_and_kept(settings, tmp_path):
    backup = tmp_path / "one.backup"
    write_backup(settings, backup)
    await add(settings, "newer")
    with pytest.raises(UserError, match="would be replaced, so nothing was done"):
        restore(settings, backup, lambda line: None)
    lines: list[str] = []
    restore(settings, backup, lines.append, replace=True)
    assert await names(settings) == ["sales"]
    (kept,) = (line.split()[-1].rstrip(".") for line in lines if "former database" in line)
    with closing(sqlite3.connect(kept)) as former:
        assert former.execute("select count(*) from servers").fetchone() == (2,)


async def test_a_damaged_database_is_replaced_by_a_backup_and_kept(settings, tmp_path):
    backup, file = tmp_path / "one.backup", file_of(settings)
    write_backup(settings, backup)
    damaged = os.urandom(8192)
    file.write_bytes(damaged)
    restore(settings, backup, lambda line: None, replace=True)
    assert await names(settings) == ["sales"]
    assert damaged in [each.read_bytes() for each in tmp_path.glob(f"{file.name}.2*")]


async def test_a_restore_beside_a_running_bot_is_refused(settings, tmp_path):
    write_backup(settings, tmp_path / "one.backup")
    with only_process(settings.database_url), pytest.raises(UserError, match="already serves"):
        restore(settings, tmp_path / "one.backup", lambda line: None, replace=True)


@pytest.mark.parametrize("spoil", [lambda all_: all_[: len(all_) // 2], lambda _: b"hello"])
async def test_a_file_that_is_no_whole_backup_is_refused(settings, tmp_path, spoil):
    backup = tmp_path / "one.backup"
    write_backup(settings, backup)
    backup.write_bytes(spoil(backup.read_bytes()))
    with pytest.raises(UserError, match="is no whole backup"):
        restore(settings, backup, lambda line: None, replace=True)
    assert await names(settings) == ["sales"]


async def test_a_backup_of_a_newer_version_is_refused(settings, tmp_path):
    with closing(sqlite3.connect(file_of(settings))) as database:
        database.execute("update alembic_version set version_num = '9999'")
        database.commit()
    write_backup(settings, tmp_path / "one.backup")
    with pytest.raises(UserError, match="Install the newer notebook-bot first"):
        restore(settings, tmp_path / "one.backup", lambda line: None, replace=True)


async def test_a_backup_that_can_not_be_written_leaves_the_former_one(settings, tmp_path):
    backup = tmp_path / "one.backup"
    write_backup(settings, backup)
    former = backup.read_bytes()
    file_of(settings).write_bytes(b"damaged" * 2000)
    with pytest.raises(UserError):
        write_backup(settings, backup)
    assert backup.read_bytes() == former


async def test_regular_backups_are_kept_in_number(settings, tmp_path):
    folder = tmp_path / "backups"
    mine = settings.model_copy(update={"backup": BackupSettings(folder=folder, kept=2)})
    for day in (1, 2, 3):
        await RegularBackups(mine, folder).tick(datetime(2026, 12, day, tzinfo=UTC))
    assert [each.name[13:21] for each in sorted(folder.iterdir())] == ["20261202", "20261203"]
    assert newest_backup(folder, datetime.now(UTC))[0].name == "notebook-bot-20261203-000000.backup"
    assert (await doctor_on_backups(mine)).startswith("ok")
    for each in folder.iterdir():
        os.utime(each, (0, 0))
    assert "The bot's log says why" in await doctor_on_backups(mine)


async def test_a_regular_backup_that_fails_is_the_admins_to_mend(settings, tmp_path):
    (tmp_path / "backups").write_text("a file, and no folder")
    with pytest.raises(PermanentError, match="can't be written") as failed:
        await RegularBackups(settings, tmp_path / "backups").tick(datetime.now(UTC))
    assert failed.value.code == "BackupFailed"


async def doctor_on_backups(settings):
    lines = []
    await diagnose(settings, lines.append, only=["backups"])
    return "\n".join(lines)


async def test_without_backups_doctor_says_how_to_make_them(settings):
    assert "NOTEBOOK_BOT_BACKUP__FOLDER" in await doctor_on_backups(settings)


async def test_a_database_is_copied_before_its_migration(settings, tmp_path):
    with closing(sqlite3.connect(file_of(settings))) as database:
        database.execute("update alembic_version set version_num = '0001'")
        database.commit()
    copy = copy_before_upgrade(settings.database_url, "0001")
    assert copy.name.startswith(f"{file_of(settings).name}.0001.20")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert wanted_version() != "0001"


async def test_the_command_says_what_the_backup_has(settings, tmp_path):
    lines: list[str] = []
    (tmp_path / "words").write_text("correct horse\n")
    back_up(settings, tmp_path / "one.backup", tmp_path / "words", lines.append)
    assert "encrypted" in lines[0]
    assert wanted_version() in lines[1]
    (tmp_path / "words").write_text("\n")
    with pytest.raises(UserError, match="is empty"):
        passphrase_in(tmp_path / "words")
