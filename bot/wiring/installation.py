"""The installation's record, over the settings' database and keys."""

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config.settings import Settings
from bot.process.clock import SystemClock
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.sql.installation import SqlInstallation
from provisioning.adapters.sql.servers import SqlServers
from provisioning.admin.installation import Installation, Place


def installation_of(settings: Settings, database: AsyncEngine) -> Installation:
    """Return the installation of the settings, to be compared with the database's record."""
    azure = settings.azure
    return Installation(
        SqlInstallation(database),
        SqlServers(database),
        InstallationKeys(settings.keys_dir),
        Place(azure.subscription_id, azure.resource_group, settings.installation),
        SystemClock(),
    )
