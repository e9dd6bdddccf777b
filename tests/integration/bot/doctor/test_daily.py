"""The daily check tells the admins once what turned bad, and once when it is over."""

from datetime import UTC, datetime

from bot.doctor.daily import DailyCheck
from provisioning.adapters.sql.chat.posted_once import SqlPostedOnce
from provisioning.adapters.sql.database import create_database_engine
from provisioning.admin.troubles import Troubles
from tests.databases import place_database
from tests.fakes import FakeClock


class Admins:
    """The messages that the admins get."""

    def __init__(self):
        self.told = []

    async def admins(self):
        return ["U_EVE"]

    async def notify_trouble(self, admin, text):
        self.told.append(str(text))

    async def notify_trouble_over(self, admin, text):
        self.told.append(f"over: {text}")


class Disk:
    """A check whose answer a test sets."""

    state = "ok"

    async def look(self, _surroundings, doctoring):
        if self.state == "choice":
            doctoring.advise("SSH is open.")
        elif self.state == "full":
            doctoring.broken("The disk is full.", "Make room.")
        elif self.state == "raises":
            raise RuntimeError("a secret")
        else:
            doctoring.ok("There is room.")


async def test_what_turned_bad_is_told_once_and_once_more_when_it_is_over(tmp_path):
    database = create_database_engine(await place_database(tmp_path))
    admins, disk = Admins(), Disk()
    troubles = Troubles(SqlPostedOnce(database), admins, FakeClock())
    daily = DailyCheck({"disks": disk.look}, None, troubles)
    try:
        for state in ("ok", "choice", "full", "full", "ok", "ok"):
            disk.state = state
            await daily.tick(datetime.now(UTC))
        assert len(admins.told) == 2
        assert "The disk is full. Make room." in admins.told[0]
        assert admins.told[1].startswith("over: ")
        disk.state = "raises"
        await daily.tick(datetime.now(UTC))
        assert "RuntimeError" in admins.told[2]
        assert "a secret" not in admins.told[2]
    finally:
        await database.dispose()
