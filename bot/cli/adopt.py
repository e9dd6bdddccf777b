"""`notebook-bot adopt`: rebuild the database from the tags of Azure's resources."""

from collections.abc import Callable, Sequence

from bot.config.settings import Settings
from bot.config.tls import tls_of
from bot.process.clock import SystemClock
from bot.process.lock import only_process
from bot.wiring.installation import installation_of
from migrations.schema import prepare_database
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.sql.health import opened_database
from provisioning.adapters.sql.servers import SqlServers
from provisioning.admin.adoption import Adoption
from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.core.model.events import COMMAND_LINE
from provisioning.core.model.server import Server


async def adopt_all(settings: Settings, report: Callable[[str], None]) -> None:
    """Adopt the servers of this installation in Azure that have no row in the database.

    Raises:
        UserError: if a bot serves this SQLite database, the database's servers are elsewhere, or
            Azure can't be reached with these settings.
    """
    with only_process(settings.database_url):
        async with opened_database(settings.database_url) as engine:
            await prepare_database(engine)
            await installation_of(settings, engine).check()
            adopted, left = await _adopt(settings, SqlServers(engine))
    for server in adopted:
        report(f"adopted\t{server.name}\t{server.owner}\t{server.status.value}\t{server.url}")
    for server_id in left:
        report(f"no machine\t{server_id}\tDelete its resources with the admins' button in Slack.")
    if not adopted and not left:
        report("The database already has every server in Azure.")


async def _adopt(settings: Settings, store: SqlServers) -> tuple[Sequence[Server], Sequence[str]]:
    cloud = open_cloud(settings.azure, settings.installation, settings.open_ports)
    try:
        await cloud.account.check()
        adoption = Adoption(cloud, store, SystemClock(), settings.machine, tls_of(settings)[0])
        return await adoption.adopt_all(COMMAND_LINE)
    except PermanentError as error:
        raise UserError(error.for_admins) from None
    except NotYet as not_yet:
        raise UserError(
            f"Azure can't be reached ({not_yet.reason}). Check the network and "
            "NOTEBOOK_BOT_AZURE__MANAGEMENT_URL, then adopt again: what was adopted stays so."
        ) from None
    finally:
        await cloud.account.close()
