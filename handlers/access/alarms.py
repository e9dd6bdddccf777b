"""The alarms about an unexpected SSH host key, which may mean a false server. Pure."""

from handlers.kit.blocks import Message, code, escape, header, section
from provisioning.core.language import _
from provisioning.core.model.server import Server


def host_key_warning(server: Server) -> Message:
    """Return the warning to the owner: what happened, what this means, what to do."""
    return Message(
        _(
            "Don't use {name} now: its SSH host key is not the expected one.",
            name=escape(server.name),
        ),
        [
            header(_("Don't use {name} now", name=server.name)),
            section(
                _(
                    ":warning: When I connected to {name}, its SSH host key was not the one that "
                    "I gave it. So I sent nothing to it, not even a password.\n\nAnother "
                    "computer may be intercepting the connection, or the server's system has "
                    "been changed. I have notified the admins. Don't sign in until an admin "
                    "confirms that the server is safe. If no admin can confirm it, delete the "
                    "server and create it again.",
                    name=code(server.name),
                )
            ),
        ],
    )


def host_key_alarm(server: Server) -> Message:
    """Return the alarm to an admin: what happened, and what to check in Azure."""
    return Message(
        _(
            "Alarm: the SSH host key of {name} is not the one that I gave it.",
            name=escape(server.name),
        ),
        [
            header(_("Alarm: SSH host key of {name}", name=server.name)),
            section(
                _(
                    ":rotating_light: The SSH host key of {name} of <@{owner}> (VM {machine}, "
                    "address {address}) is not the one that I gave it. I sent nothing to "
                    "it.\n\nTreat this as an attack until you know the cause. Check in Azure "
                    "whether the address still belongs to that VM, and who has accessed the VM "
                    "or its customData. If the key was changed by hand, delete the server and "
                    "create it again: I accept no other key.",
                    name=code(server.name),
                    owner=server.owner,
                    machine=code(f"nb-{server.id}-vm"),
                    address=code(server.address or _("not known yet")),
                )
            ),
        ],
    )
