"""`notebook-bot new-place` and `new-keys`: leave servers, or their keys, behind on purpose."""

from collections.abc import Callable, Sequence

from bot.config.settings import Settings
from bot.process.lock import only_process
from bot.wiring.installation import installation_of
from migrations.schema import prepare_database
from provisioning.adapters.sql.health import opened_database
from provisioning.core.model.events import COMMAND_LINE
from provisioning.core.model.server import Server

_YES = "Nothing was changed. Add `--yes` to do it."


async def use_new_place(settings: Settings, report: Callable[[str], None], *, yes: bool) -> None:
    """Use the settings' subscription and resource group from now on; without `yes` only say so.

    Raises:
        UserError: if the bot is running, or the database can't be used.
    """
    with only_process(settings.database_url):
        async with opened_database(settings.database_url) as database:
            await prepare_database(database)
            installation = installation_of(settings, database)
            recorded = await installation.records.read()
            if recorded is None or not recorded.place.differences(installation.place):
                report(f"The bot already uses {installation.place}. Nothing was changed.")
                return
            report(
                f"The bot uses {installation.place} from now on, and no longer {recorded.place}. "
                "Every server becomes missing until Azure shows its machine in the new place. "
                "Nothing in Azure is deleted: what stays in the old place goes on costing money. "
                "With the old settings, this command takes the servers back."
            )
            if not yes:
                report(_YES)
                return
            _list(await installation.leave_servers(COMMAND_LINE), report)


async def use_new_keys(settings: Settings, report: Callable[[str], None], *, yes: bool) -> None:
    """Use the keys in the settings' folder from now on; without `yes` only say what that means.

    Raises:
        UserError: as `use_new_place` does.
    """
    with only_process(settings.database_url):
        async with opened_database(settings.database_url) as database:
            await prepare_database(database)
            installation = installation_of(settings, database)
            report(
                f"The bot uses the keys in {settings.keys_dir} from now on, and makes new ones if "
                "there are none. It can no longer sign in to the present servers: no new "
                "passwords, shares, packages or exports, no stop of idle ones, and no start. They "
                "go on running and costing money, and their owners' passwords stay valid. Owners "
                "should save their notebooks and create new servers."
            )
            if not yes:
                report(_YES)
                return
            _list(await installation.give_keys_up(COMMAND_LINE), report)


def _list(servers: Sequence[Server], report: Callable[[str], None]) -> None:
    for server in servers:
        report(f"{server.name}\t{server.owner}\t{server.status.value}")
    report(f"Done: {len(servers)} servers.")
