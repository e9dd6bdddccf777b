"""What the settings allow and an admin may not have meant; nothing outside is asked."""

from bot.config.checks import doubts
from bot.config.settings import Settings
from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings


async def advice(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Say each of `advices`."""
    for line in advices(surroundings.settings):
        doctoring.advise(line)
    if not doctoring.found:
        doctoring.ok("The settings fit together.")


def advices(settings: Settings) -> list[str]:
    """Return what works, but lets more people in than an admin may know."""
    lines = doubts(settings)
    if settings.azure.ssh_source == "*":
        lines.append(
            "network: SSH of all servers is open to the internet (keys only). If members don't "
            "use SSH, set NOTEBOOK_BOT_AZURE__SSH_SOURCE to the bot's own public address."
        )
    domain = settings.tls.domain
    if settings.tls.mode != "self-signed":
        lines.append(
            f"certificates: a DNAME record gives every name below {domain} to all customers of "
            "Azure: any of them can take a free name in the region and serve it under yours, with "
            "a valid certificate, and gets the cookies of the domain above. Use a domain that is "
            "registered for this alone, never one below the domain of your sign-in or intranet."
        )
    if settings.tls.mode == "organisation":
        lines.append(
            f"certificates: each server has the key of *.{domain}, and a member with code on one "
            "server can read it. Use mode acme where members don't trust each other."
        )
    return lines
