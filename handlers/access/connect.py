"""The commands `connect` and `keys`, and the message with a connection."""

from collections.abc import Sequence

from handlers.commands.registry import Command, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Block, Message, code, context, date, escape, header, plain, section
from handlers.kit.toolkit import Toolkit
from handlers.servers.card_notes import certificate_note
from provisioning.access.connect import Connecting, Connection, SshEntry
from provisioning.access.ssh_keys import OwnKeys
from provisioning.core.errors import DeliveryError, UserError
from provisioning.core.language import N_, _
from provisioning.core.model.names import shortened
from provisioning.core.model.people import MemberKey
from provisioning.core.model.server import Server

_SHOWN_NAME = 30
"""Characters of a key's comment in a list."""


class ConnectCommands(Handlers):
    """Handlers of `connect` and `keys`."""

    def __init__(self, connecting: Connecting, own_keys: OwnKeys, kit: Toolkit) -> None:
        self._connecting = connecting
        self._own_keys = own_keys
        self._kit = kit

    async def connect(self, request: CommandRequest) -> Message:
        """Send a connection by DM only, since its link is a secret."""
        name = request.command.arguments["name"]
        connection = await self._connecting.connect(request.member, name)
        try:
            await self._kit.messages.send(
                request.member.id,
                connection_card(connection),
                must_arrive=True,
                after_quiet_hours=False,
            )
        except DeliveryError:
            raise UserError(
                _(
                    "Slack did not accept the DM with the connection, so it was not sent. Try "
                    "again in a minute."
                )
            ) from None
        text = _(
            "I sent you a DM with a new connection to {name}.", name=code(connection.server.name)
        )
        return Message(text, [section(text)])

    async def keys(self, request: CommandRequest) -> Message:
        """List, add or remove the member's SSH keys."""
        action = (request.command.get("action") or "list").lower()
        what, keys = request.command.get("key") or "", self._own_keys
        if action == "list":
            return keys_answer(await keys.list(request.member))
        if action not in ("add", "remove"):
            raise UserError(_("`keys` takes `add`, `remove` or `list`."))
        if not what:
            words = "add ssh-ed25519 AAAA..." if action == "add" else "remove 1"
            example = f"{command_name()} keys {words}"
            raise UserError(_("Which key? For example {example}.", example=code(example)))
        if action == "add":
            return added_answer(*await keys.add(request.member, what))
        return removed_answer(await keys.remove(request.member, what.strip("`")))

    COMMANDS = (
        Command(
            "connect",
            "<name>",
            N_(
                "Get a one-time link for VS Code, JupyterLab Desktop and other Jupyter clients "
                "by DM, and SSH settings if you have added a key."
            ),
            connect,
            required=("name",),
            example="connect sales",
        ),
        Command(
            "keys",
            "[add|remove|list] [public key]",
            N_("Your public SSH keys, which open every Linux server that you may use."),
            keys,
            optional=("action",),
            rest="key",
            verbatim=True,
            example="keys add ssh-ed25519 AAAA... ana@laptop",
        ),
    )


def connection_card(connection: Connection) -> Message:
    """Return the one-time link, alone in a code span, and the SSH settings, ready to be copied."""
    server = connection.server
    name, link = escape(server.name), code(connection.link)
    blocks = [
        header(_("Connect to {name}", name=server.name)),
        section(
            _(
                "*One-time link*\n{link}\nFor VS Code (_Existing Jupyter Server_), JupyterLab "
                "Desktop (_Connect_) or any other Jupyter client. Use the link before {time}. It "
                "then works for 7 days, only on the first computer that used it. If you ask for "
                "another link, this one ends.",
                link=link,
                time=date(connection.use_until),
            )
        ),
        section(certificate_note(server)),
        *_ssh_blocks(server, connection.ssh),
    ]
    if connection.why_no_ssh:
        blocks.append(context(connection.why_no_ssh))
    return Message(_("Connection to {name}: {link}", name=name, link=link), blocks)


def _ssh_blocks(server: Server, entry: SshEntry | None) -> list[Block]:
    """Return the SSH settings; the host key has an alias, which survives a change of address."""
    if entry is None:
        return []
    alias = f"notebook-{server.name}"
    port = "" if entry.port == 22 else f"\n    Port {entry.port}"
    config = (
        f"```Host {alias}\n    HostName {entry.hostname}{port}\n    User {entry.user}\n"
        f"    HostKeyAlias {alias}-{server.id}\n    StrictHostKeyChecking yes```"
    )
    known = f"```{alias}-{server.id} {' '.join(entry.host_public_key.split()[:2])}```"
    blocks = [
        section(
            _(
                "*SSH*, for VS Code Remote and terminals: put this into "
                "`~/.ssh/config`\n{config}\nand this line into "
                "`~/.ssh/known_hosts`\n{known}\nThen {command} connects with your key, as the "
                "user account that runs your notebooks.",
                config=config,
                known=known,
                command=code(f"ssh {alias}"),
            )
        )
    ]
    if entry.is_due:
        blocks.append(context(_("Your keys reach this server within seconds.")))
    return blocks


def keys_answer(keys: Sequence[MemberKey]) -> Message:
    """Return the member's keys with the numbers for `keys remove`."""
    if not keys:
        command = code(f"{command_name()} keys add ssh-ed25519 AAAA...")
        text = _(
            "You have no SSH keys here. Add the line from your `.pub` file: {command}",
            command=command,
        )
        return Message(text, [section(text)])
    lines = [
        _("{number}. {key}, added {time}", number=number, key=_named(key), time=date(key.added_at))
        for number, key in enumerate(keys, 1)
    ]
    opening = _("Your SSH keys, which open every Linux server that you may use:")
    return plain("\n".join([opening, *lines]))


def added_answer(keys: Sequence[MemberKey], refused: Sequence[UserError] = ()) -> Message:
    """Return what added keys open, and when, and why the others of a paste were not added."""
    names, command = [_named(key) for key in keys], code(f"{command_name()} connect <name>")
    if len(names) == 1:
        text = _(
            "Added {key}. Within seconds you can sign in with this key by SSH to your running "
            "Linux servers, and to those shared with you. {command} sends you a server's SSH "
            "settings.",
            key=names[0],
            command=command,
        )
    else:
        text = _(
            "Added these keys: {keys}. Within seconds you can sign in with each of them by SSH to "
            "your running Linux servers, and to those shared with you. {command} sends you a "
            "server's SSH settings.",
            keys=", ".join(names),
            command=command,
        )
    not_added = [_("Not added: {why}", why=error.message) for error in refused]
    return plain("\n".join([text, *not_added]))


def removed_answer(key: MemberKey) -> Message:
    """Return what ends with a removed key."""
    text = _(
        "Removed {key}. Within seconds the key no longer works, and sessions opened with it end.",
        key=_named(key),
    )
    return Message(text, [section(text)])


def _named(key: MemberKey) -> str:
    name = f" ({escape(shortened(key.name, _SHOWN_NAME))})" if key.name else ""
    return f"{code(key.fingerprint)}{name}"
