"""`keys` and `connect`: what was asked for, and the message with the ways in."""

from collections.abc import Sequence

from handlers.asked import Asked
from handlers.cards import certificate_note
from handlers.context import Context
from handlers.mrkdwn import Block, Message, code, context, date, escape, header, section
from handlers.registry import COMMAND
from provisioning.connecting import Connection, SshEntry
from provisioning.errors import DeliveryError, UserError
from provisioning.model import MemberKey, Server


class ConnectCommands:
    """A method for each of the two subcommands."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def connect(self, asked: Asked) -> Message:
        """The ways in go into the DM alone, since one of them is a secret."""
        name = asked.command.arguments["name"]
        connection = await self._context.connecting.by_name(asked.member, name)
        try:
            await self._context.deliver(asked.member.id, connection_card(connection))
        except DeliveryError as error:
            raise UserError(
                f"Slack did not take the DM with the connection, so nobody has it ({error}). Ask "
                "again in a minute."
            ) from None
        text = f"I sent you a DM with a fresh connection to {code(connection.server.name)}."
        return Message(text, [section(text)])

    async def keys(self, asked: Asked) -> Message:
        """`list`, `add` or `remove`."""
        action = (asked.command.get("action") or "list").lower()
        what, keys = asked.command.get("key") or "", self._context.own_keys
        if action == "list":
            return keys_answer(await keys.list(asked.member))
        if action not in ("add", "remove"):
            raise UserError(f"`keys` can `add`, `remove` and `list`, not `{action[:20]}`.")
        if not what:
            example = "add ssh-ed25519 AAAA..." if action == "add" else "remove 1"
            raise UserError(f"Which one? Such as `{COMMAND} keys {example}`.")
        if action == "add":
            return added_answer(await keys.add(asked.member, what))
        return removed_answer(await keys.remove(asked.member, what))


def connection_card(connection: Connection) -> Message:
    """The one-time link alone in a code span; then SSH, ready to be copied."""
    server = connection.server
    text = f"Connection to {escape(server.name)}: {code(connection.link)}"
    blocks = [
        header(f"Connect to {server.name}"),
        section(
            f"*One-time link*\n{code(connection.link)}\nFor VS Code (_Existing Jupyter Server_), "
            "JupyterLab Desktop (_Connect_) or any other Jupyter client. Use it before "
            f"{date(connection.use_until)}: the first computer that does keeps it for 7 days, and "
            "nobody else gets in by it. The next one that you ask for ends it."
        ),
        section(certificate_note(server)),
        *_ssh_blocks(server, connection.ssh),
    ]
    if connection.why_no_ssh:
        blocks.append(context(connection.why_no_ssh))
    return Message(text, blocks)


def _ssh_blocks(server: Server, entry: SshEntry | None) -> list[Block]:
    """An alias for the host key, so that it stays right when the address changes."""
    if entry is None:
        return []
    alias = f"notebook-{server.name}"
    port = "" if entry.port == 22 else f"\n    Port {entry.port}"
    key = " ".join(entry.host_public_key.split()[:2])
    late = " Your keys reach it within seconds." if entry.is_due else ""
    return [
        section(
            f"*SSH*, for VS Code Remote and terminals: put this into `~/.ssh/config`\n"
            f"```Host {alias}\n    HostName {entry.hostname}{port}\n    User {entry.user}\n"
            f"    HostKeyAlias {alias}-{server.id}\n    StrictHostKeyChecking yes```\n"
            f"and this line into `~/.ssh/known_hosts`\n```{alias}-{server.id} {key}```\n"
            f"Then `ssh {alias}` comes in with your key, as the user that your notebooks run as."
            f"{late}"
        )
    ]


def keys_answer(keys: Sequence[MemberKey]) -> Message:
    """With the numbers by which they are removed."""
    if not keys:
        text = (
            "You have no SSH keys here. Add the line of your `.pub` file: "
            f"{code(f'{COMMAND} keys add ssh-ed25519 AAAA...')}"
        )
        return Message(text, [section(text)])
    lines = [f"{n}. {_named(key)}, since {date(key.added_at)}" for n, key in enumerate(keys, 1)]
    text = "\n".join(["Your SSH keys, which let you in on each server that you may use:", *lines])
    return Message(text, [section(text)])


def added_answer(key: MemberKey) -> Message:
    """What it is good for, and since when."""
    text = (
        f"Added {_named(key)}. Within seconds it lets you in by SSH on your running Linux servers "
        f"and those shared with you. {code(f'{COMMAND} connect <name>')} sends you the SSH entry "
        "of one."
    )
    return Message(text, [section(text)])


def removed_answer(key: MemberKey) -> Message:
    """What ends."""
    text = f"Removed {_named(key)}. Within seconds it opens nothing; sessions open by it end."
    return Message(text, [section(text)])


def _named(key: MemberKey) -> str:
    name = f" ({escape(key.name)})" if key.name else ""
    return f"{code(key.fingerprint)}{name}"
