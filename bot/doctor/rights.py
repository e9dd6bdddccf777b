"""The check of the bot's rights in Azure: each one that is missing, and each that is too much."""

from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings
from provisioning.core.model.cloud import CloudRight

_UPDATE = (
    "Update the roles by docs/azure-role.json and docs/azure-role-subscription.json (`az role "
    "definition update --role-definition FILE`), and assign them as README.md shows. A role that "
    "was assigned a moment ago takes up to ten minutes to work."
)


async def rights(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Compare what Azure grants the bot's identity with what the bot needs."""
    granted = await surroundings.cloud.presence.rights()
    if granted.missing:
        lines = "; ".join(f"{_named(each)}, to {each.purpose}" for each in granted.missing)
        doctoring.broken(f"Azure does not grant the bot what it needs: {lines}.", _UPDATE)
    if granted.beyond:
        lines = ", ".join(_named(each) for each in granted.beyond)
        doctoring.warn(
            f"The bot may do more than it needs, and so may a thief of its secret: {lines}.",
            "Remove the role assignment that grants it (`az role assignment list --all "
            "--assignee <appId> -o table`).",
        )
    if not granted.missing and not granted.beyond:
        doctoring.ok("Azure grants the bot all that it needs, and nothing else.")


def _named(right: CloudRight) -> str:
    """Return a right with its place, as `resourceGroups/x`."""
    place = "/".join(right.scope.split("/")[-2:])
    return f"`{right.action}` on `{place}`"
