"""Other users of the bot's computer can't read the database."""

import os

from sqlalchemy import text

from provisioning.adapters.sql.database import close_database, create_database_engine


async def write(file):
    engine = create_database_engine(f"sqlite+aiosqlite:///{file}")
    async with engine.begin() as connection:
        await connection.execute(text("create table if not exists t (x integer)"))
        await connection.execute(text("insert into t values (1)"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    await close_database(engine)
    return modes


async def test_a_new_database_is_private_with_its_other_files(tmp_path):
    before = os.umask(0o022)
    try:
        modes = await write(tmp_path / "bot.db")
    finally:
        os.umask(before)
    assert modes == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600}


async def test_a_database_of_an_older_version_becomes_private(tmp_path):
    file = tmp_path / "bot.db"
    await write(file)
    file.chmod(0o644)
    assert (await write(file))["bot.db"] == 0o600
