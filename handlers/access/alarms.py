"""What people are told when a server may not be the one that it should be. Pure."""

from handlers.kit.blocks import Message, code, escape, header, section
from provisioning.core.language import _
from provisioning.core.model.server import Server


def host_key_warning(server: Server) -> Message:
    """To the owner: what happened, what it means, what to do."""
    return Message(
        _(
            "Don't use {name} now: it shows another SSH key than its own.",
            name=escape(server.name),
        ),
        [
            header(_("Don't use {name} now", name=server.name)),
            section(
                _(
                    ":warning: When I connected to {name}, it showed another SSH key than the "
                    "one that I gave it. So I sent nothing to it, no password either.\n\n"
                    "Somebody may stand between us and your server, or somebody changed its "
                    "system. I told the admins. Don't sign in until one of them says that it is "
                    "all right; if nobody can, delete the server and create it again.",
                    name=code(server.name),
                )
            ),
        ],
    )


def host_key_alarm(server: Server) -> Message:
    """To an admin: where to look."""
    return Message(
        _(
            "Alarm: the SSH host key of {name} is not the one that I gave it.",
            name=escape(server.name),
        ),
        [
            header(_("Alarm: SSH host key of {name}", name=server.name)),
            section(
                _(
                    ":rotating_light: {name} of <@{owner}> (VM {machine}, address {address}) "
                    "showed another SSH host key than the one that I gave it. Nothing was "
                    "sent.\n\n"
                    "Take it for an attack until you know better: look in Azure whether the "
                    "address still belongs to that VM, and who used it or its customData. If "
                    "the key was changed by hand, delete the server and create it again: I take "
                    "no other key.",
                    name=code(server.name),
                    owner=server.owner,
                    machine=code(f"nb-{server.id}-vm"),
                    address=code(server.address or _("not known yet")),
                )
            ),
        ],
    )
