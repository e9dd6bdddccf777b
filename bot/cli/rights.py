"""The rights of the bot's identity in Azure, as `notebook-bot doctor` says them."""

from bot.config.settings import Settings
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.details import short_scope
from provisioning.adapters.azure.rights import CloudRight, RightsGranted
from provisioning.core.errors import PermanentError


async def check_rights(settings: Settings) -> str:
    """Compare what Azure grants the bot with what it needs.

    Raises `PermanentError`, which names each missing right and what the bot can't do without it.
    """
    cloud = open_cloud(settings.azure, settings.installation, settings.open_ports)
    try:
        granted = await cloud.rights.compare()
    finally:
        await cloud.account.close()
    return describe(granted)


def describe(granted: RightsGranted) -> str:
    """Return that nothing is missing, and what is granted without need; raise as above."""
    beyond = ""
    if granted.beyond:
        named = ", ".join(f"`{each.action}` on `{_place(each)}`" for each in granted.beyond)
        beyond = f"more than the bot needs: {named}. Whoever has the bot's secret has it too"
    if not granted.missing:
        return beyond or "all that the bot needs, and nothing else"
    lines = [
        f"`{each.action}` on `{_place(each)}` (without it the bot can't {each.purpose})"
        for each in granted.missing
    ]
    raise PermanentError(
        f"Azure does not grant the bot {len(lines)} of its rights: {'; '.join(lines)}.",
        "AuthorizationFailed",
        "Update the roles by docs/azure-role.json and docs/azure-role-subscription.json (`az role "
        "definition update --role-definition FILE`), and assign them as README.md shows. "
        "A role that was assigned a moment ago takes up to ten minutes to work."
        + (f" Also {beyond}." if beyond else ""),
    )


def _place(right: CloudRight) -> str:
    return short_scope(right.scope)
