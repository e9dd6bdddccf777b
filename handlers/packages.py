"""`packages`: what was asked for, and the message of its progress."""

from handlers.asked import Asked
from handlers.context import Context
from handlers.mrkdwn import LONGEST_SECTION, Message, code, cut, escape, section
from handlers.registry import COMMAND
from provisioning.errors import UserError
from provisioning.model import Server


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
            return list_answer(await packages.find(asked.member, name))
        if action not in ("add", "remove"):
            raise UserError(f"`packages` can `add`, `remove` and `list`, not `{action[:20]}`.")
        if not wanted:
            raise UserError(
                f"Which ones? Such as `{COMMAND} packages {name[:30]} {action} polars`."
            )
        change = packages.add if action == "add" else packages.remove
        return begun_answer(await change(asked.member, name, wanted, asked.key))


def list_answer(server: Server) -> Message:
    """The list, as it is wanted."""
    if not server.packages:
        text = f"Nothing was added to {code(server.name)} beside what every server has."
    else:
        text = f"Added to {code(server.name)}: {_codes(server)}."
    return Message(text, [section(text)])


def begun_answer(server: Server) -> Message:
    """The work has begun."""
    text = f"I'm changing the packages of {code(server.name)}. A DM tells when that has ended."
    return Message(text, [section(text)])


def progress_card(server: Server, ending: str | None) -> Message:
    """`ending`: None while it goes on, "" when it went well, else the installer's last lines."""
    name = code(server.name)
    if ending is None:
        text = f":hourglass_flowing_sand: Installing packages on {name} …"
    elif not ending:
        listed = _codes(server) if server.packages else "nothing beside what every server has"
        text = (
            f":white_check_mark: The packages of {name} are as you wished: {listed}. Restart a "
            "kernel that has used an older version."
        )
    else:
        lines = cut(escape(ending.replace("```", "'''")), LONGEST_SECTION - 300)
        text = (
            f":x: The packages of {name} could not be changed, so its list is as before.\n"
            f"```{lines}```"
        )
    return Message(text, [section(text)])


def _codes(server: Server) -> str:
    return ", ".join(code(each) for each in server.packages.split())
