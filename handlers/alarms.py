"""What people are told when a server may not be the one that it should be. Pure."""

from handlers.mrkdwn import Message, code, escape, header, section
from provisioning.model import Server


def host_key_warning(server: Server) -> Message:
    """To the owner: what happened, what it means, what to do."""
    return Message(
        f"Don't use {escape(server.name)} now: it shows another SSH key than its own.",
        [
            header(f"Don't use {server.name} now"),
            section(
                f":warning: When I connected to {code(server.name)}, it showed another SSH key "
                "than the one that I gave it. So I sent nothing to it, no password either.\n\n"
                "Somebody may stand between us and your server, or somebody changed its system. "
                "I told the admins. Don't sign in until one of them says that it is all right; if "
                "nobody can, delete the server and create it again."
            ),
        ],
    )


def host_key_alarm(server: Server) -> Message:
    """To an admin: where to look."""
    return Message(
        f"Alarm: the SSH host key of {escape(server.name)} is not the one that I gave it.",
        [
            header(f"Alarm: SSH host key of {server.name}"),
            section(
                f":rotating_light: {code(server.name)} of <@{server.owner}> (VM "
                f"{code(f'nb-{server.id}-vm')}, address {code(server.address or 'not known yet')}) "
                "showed another SSH host key than the one that I gave it. Nothing was sent.\n\n"
                "Take it for an attack until you know better: look in Azure whether the address "
                "still belongs to that VM, and who used it or its customData. If the key was "
                "changed by hand, delete the server and create it again: I take no other key."
            ),
        ],
    )
