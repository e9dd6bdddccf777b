"""The command `packages`, and the message of its progress."""

from handlers.commands.registry import Command, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import LONGEST_SECTION, Message, code, codes, cut, escape, plain
from provisioning.access.rights import Rights
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, said
from provisioning.core.model.names import shortened
from provisioning.core.model.server import Server
from provisioning.notebooks.packages import Packages


class PackageCommands(Handlers):
    """Handler of `packages`."""

    def __init__(self, packages: Packages, rights: Rights) -> None:
        self._packages = packages
        self._rights = rights

    async def change(self, request: CommandRequest) -> Message:
        """List, add or remove packages."""
        words = request.command
        name, action = words.arguments["name"], (words.get("action") or "list").lower()
        wanted = (words.get("packages") or "").replace(",", " , ").split()
        wanted = [each for each in wanted if each != ","]
        if action == "list":
            return packages_answer(await self._rights.find(request.member, name))
        if action not in ("add", "remove"):
            raise UserError(
                _(
                    "`packages` takes `add`, `remove` or `list`, not `{action}`.",
                    action=shortened(action, 20),
                )
            )
        if not wanted:
            example = f"{command_name()} packages {shortened(name, 30)} {action} polars"
            raise UserError(_("Which packages? For example `{example}`.", example=example))
        change = self._packages.add if action == "add" else self._packages.remove
        return packages_begun_answer(await change(request.member, name, wanted, request.key))

    COMMANDS = (
        Command(
            "packages",
            "<name> [add|remove|list] [packages]",
            N_(
                "Python packages on your server, beyond those that every server has. The result "
                "comes by DM."
            ),
            change,
            required=("name",),
            optional=("action",),
            rest="packages",
            example="packages sales add polars>=1.0",
        ),
    )


def packages_answer(server: Server) -> Message:
    """Return the packages that the owner has added."""
    name = code(server.name)
    if not server.packages:
        return plain(
            _("{name} has only the packages that every server has; none were added.", name=name)
        )
    return plain(_("Added to {name}: {packages}.", name=name, packages=codes(server.packages)))


def packages_begun_answer(server: Server) -> Message:
    """Return the answer while a change of packages begins."""
    return plain(
        _(
            "I'm changing the packages of {name}. You get a DM when that has ended.",
            name=code(server.name),
        )
    )


def packages_progress_card(server: Server, ending: str | None) -> Message:
    """Return the progress of a change of packages.

    `ending`: None while the change runs, "" after a success, else the installer's last lines.
    """
    name = code(server.name)
    if ending is None:
        return plain(
            _(
                ":hourglass_flowing_sand: Installing packages on {name} … If the server stops "
                "before that ends, the rest follows at its next start.",
                name=name,
            )
        )
    if not ending:
        listed = (
            codes(server.packages) if server.packages else _("only those that every server has")
        )
        return plain(
            _(
                ":white_check_mark: The packages of {name} are now as requested: {packages}. "
                "Restart a kernel that has used an older version.",
                name=name,
                packages=listed,
            )
        )
    lines = cut(escape(said(ending).replace("```", "'''")), LONGEST_SECTION - 300)
    failed = _(
        ":x: I could not change the packages of {name}, so its list is as before.", name=name
    )
    return plain(f"{failed}\n```{lines}```")


def no_packages_message(server: Server) -> Message:
    """Return what the progress becomes when the server ends before its packages are installed."""
    return plain(
        _(
            "The packages of {name} were not changed, since the server has ended.",
            name=code(server.name),
        )
    )
