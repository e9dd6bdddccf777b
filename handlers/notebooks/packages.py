"""`packages`: what was asked for, and the message of its progress."""

from handlers.commands.registry import COMMAND
from handlers.commands.request import Asked
from handlers.kit.blocks import LONGEST_SECTION, Message, code, cut, escape, plain
from handlers.kit.context import Context
from provisioning.core.errors import UserError
from provisioning.core.language import _, said
from provisioning.core.model.names import shortened
from provisioning.core.model.server import Server


class PackageCommands:
    """The subcommand's actions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, asked: Asked) -> Message:
        """`list`, `add` or `remove`."""
        words = asked.command
        name, action = words.arguments["name"], (words.get("action") or "list").lower()
        wanted = (words.get("packages") or "").replace(",", " , ").split()
        wanted = [each for each in wanted if each != ","]
        packages = self._context.packages
        if action == "list":
            return packages_answer(await packages.find(asked.member, name))
        if action not in ("add", "remove"):
            raise UserError(
                _(
                    "`packages` can `add`, `remove` and `list`, not `{action}`.",
                    action=shortened(action, 20),
                )
            )
        if not wanted:
            example = f"{COMMAND} packages {shortened(name, 30)} {action} polars"
            raise UserError(_("Which ones? Such as `{example}`.", example=example))
        change = packages.add if action == "add" else packages.remove
        return packages_begun_answer(await change(asked.member, name, wanted, asked.key))


def packages_answer(server: Server) -> Message:
    """The list, as it is wanted."""
    name = code(server.name)
    if not server.packages:
        return plain(_("Nothing was added to {name} beside what every server has.", name=name))
    return plain(_("Added to {name}: {packages}.", name=name, packages=_codes(server)))


def packages_begun_answer(server: Server) -> Message:
    """The work has begun."""
    return plain(
        _(
            "I'm changing the packages of {name}. A DM tells when that has ended.",
            name=code(server.name),
        )
    )


def packages_progress_card(server: Server, ending: str | None) -> Message:
    """`ending`: None while it goes on, "" when it went well, else the installer's last lines."""
    name = code(server.name)
    if ending is None:
        return plain(_(":hourglass_flowing_sand: Installing packages on {name} …", name=name))
    if not ending:
        listed = _codes(server) if server.packages else _("nothing beside what every server has")
        return plain(
            _(
                ":white_check_mark: The packages of {name} are as you wished: {packages}. "
                "Restart a kernel that has used an older version.",
                name=name,
                packages=listed,
            )
        )
    lines = cut(escape(said(ending).replace("```", "'''")), LONGEST_SECTION - 300)
    failed = _(
        ":x: The packages of {name} could not be changed, so its list is as before.", name=name
    )
    return plain(f"{failed}\n```{lines}```")


def _codes(server: Server) -> str:
    return ", ".join(code(each) for each in server.packages)
