"""What `help` answers, drawn from the registry. Pure."""

from handlers.commands.parser import unknown_subcommand
from handlers.commands.registry import BY_WORD, COMMAND, Subcommand, subcommands
from handlers.kit.blocks import Message, code, divider, plain, section
from provisioning.core.errors import UserError
from provisioning.core.language import _, said


def help_answer(topic: str | None, *, admin: bool = False) -> Message:
    """All subcommands that the person may use, or one of them with its example.

    Raises:
        UserError: if there is none of that name.
    """
    subcommand = BY_WORD.get((topic or "").lower())
    if topic and subcommand is None:
        raise UserError(unknown_subcommand(topic))
    if subcommand is not None:
        lines = [_usage_line(subcommand)]
        if subcommand.example:
            example = f"{COMMAND} {subcommand.example}"
            lines.append(_("For example: `{example}`", example=example))
        return plain("\n".join(lines))
    blocks = [
        section(
            _("*{command}* makes and looks after notebook servers of your own.", command=COMMAND)
        ),
        divider(),
    ]
    listed = subcommands(admin=admin)
    blocks += [section(_usage_line(each)) for each in listed]
    text = "\n".join(_usage(each) for each in listed)
    return Message(text, blocks)


def _usage_line(subcommand: Subcommand) -> str:
    return f"{_usage(subcommand)}\n{said(subcommand.summary)}"


def _usage(subcommand: Subcommand) -> str:
    return code(f"{COMMAND} {subcommand.name} {subcommand.usage}".rstrip())
