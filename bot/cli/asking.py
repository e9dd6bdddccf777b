"""The commands that ask the running bot: `server ...`, `audit`, `usage`, `limits`."""

import asyncio
from typing import Annotated, Any

import typer

from bot.cli.chosen import chosen_settings

server = typer.Typer(
    no_args_is_help=True,
    help="Members' servers, by the running bot on this computer, also while Slack is down.",
)

_Name = Annotated[str, typer.Argument(help="The server's name or id.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_Wait = Annotated[bool, typer.Option("--wait", help="Return when the work has ended.")]


def _ask(operation: str, *, wait: bool = False, **words: Any) -> Any:
    from bot.cli.servers import ask

    return asyncio.run(ask(chosen_settings().socket_file, operation, words, wait=wait))


def _print(found: Any, *, as_json: bool) -> None:
    from bot.cli.servers import print_servers

    print_servers(found, typer.echo, as_json=as_json)


@server.command(name="list")
def list_command(
    state: Annotated[str | None, typer.Option(help="Only servers in this state.")] = None,
    as_json: _Json = False,
) -> None:
    """List all members' servers."""
    _print(_ask("list", state=state), as_json=as_json)


@server.command(name="show")
def show_command(name: _Name, as_json: _Json = False) -> None:
    """Show one server, deleted ones too."""
    _print(_ask("show", name=name), as_json=as_json)


@server.command(name="create")
def create_command(
    platform: Annotated[str, typer.Argument(help="ubuntu, opensuse or windows.")],
    owner: Annotated[str, typer.Option(help="Slack id of the owner, such as U012AB3CD.")],
    name: Annotated[str | None, typer.Option(help="The server's name.")] = None,
    size: Annotated[str | None, typer.Option(help="The VM size.")] = None,
    release: Annotated[str | None, typer.Option(help="The platform's version.")] = None,
    region: Annotated[str | None, typer.Option(help="The region.")] = None,
    disk: Annotated[str | None, typer.Option(help="The disk in GB.")] = None,
    wait: _Wait = False,
    as_json: _Json = False,
) -> None:
    """Create a server for a member, beyond the member's own limits too."""
    words = {"platform": platform, "owner": owner, "name": name, "size": size}
    words |= {"release": release, "region": region, "disk": disk}
    _print(_ask("create", wait=wait, **words), as_json=as_json)


@server.command(name="start")
def start_command(name: _Name, wait: _Wait = False, as_json: _Json = False) -> None:
    """Start a stopped server."""
    _print(_ask("start", wait=wait, name=name), as_json=as_json)


@server.command(name="stop")
def stop_command(name: _Name, wait: _Wait = False, as_json: _Json = False) -> None:
    """Stop a server; its files are kept."""
    _print(_ask("stop", wait=wait, name=name), as_json=as_json)


@server.command(name="delete")
def delete_command(
    name: _Name,
    keep_copy: Annotated[
        bool, typer.Option("--keep-copy", help="Keep a snapshot of its disk for a while.")
    ] = False,
    wait: _Wait = False,
    as_json: _Json = False,
) -> None:
    """Delete a server and everything on it."""
    _print(_ask("delete", wait=wait, name=name, keep_copy=keep_copy), as_json=as_json)


@server.command(name="password")
def password_command(
    name: _Name,
    printed: Annotated[
        bool, typer.Option("--print", help="Print it here instead of sending it to the owner.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Send the owner a new one-time password, or print it."""
    _print(_ask("password", name=name, print=printed), as_json=as_json)


def audit_command(
    name: Annotated[str | None, typer.Argument(help="Of this server alone.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Of so many days.")] = 7,
    as_json: _Json = False,
) -> None:
    """Print who requested what and when, and how it ended."""
    from bot.cli.servers import print_rows

    found = _ask("audit", name=name, days=days)
    columns = ("at", "actor", "action", "server_id", "result", "detail")
    rows = [[each[column] or "" for column in columns] for each in found]
    print_rows(found, rows, typer.echo, as_json=as_json)


def usage_command(
    days: Annotated[int, typer.Option(min=1, help="Of so many days.")] = 30,
    as_json: _Json = False,
) -> None:
    """Print hours and US dollars of each owner's servers."""
    from bot.cli.servers import print_rows

    found = _ask("usage", days=days)
    rows = [(who, each["on"], each["cost"]) for who, each in found["owners"].items()]
    rows.append(("total", found["total"]["on"], found["total"]["cost"]))
    print_rows(found, rows, typer.echo, as_json=as_json)


def limits_command(as_json: _Json = False) -> None:
    """Print the limits, and what counts against them."""
    from bot.cli.servers import print_rows

    found = _ask("limits")
    rows: list[tuple[object, ...]] = [("", "servers", "cores", "cost a month")]
    for title in ("member", "installation", "used"):
        each = found[title]
        rows.append((title, each["servers"], each["cores"], each["cost"]))
    print_rows(found, rows, typer.echo, as_json=as_json)


def preview_command(as_json: _Json = False) -> None:
    """Probe each server and print what the cleanup would do now. Nothing is done."""
    from bot.cli.servers import print_rows

    found = _ask("preview")
    rows = [
        [each[name] for name in ("name", "owner", "status", "action", "rule")] for each in found
    ]
    print_rows(found, rows, typer.echo, as_json=as_json)


def maintenance_command(
    state: Annotated[str | None, typer.Argument(help="on or off; without it: as it is.")] = None,
    as_json: _Json = False,
) -> None:
    """Begin nothing new (on), or work as usual (off). What runs is finished."""
    from bot.cli.servers import print_rows
    from provisioning.core.errors import UserError

    if state not in (None, "on", "off"):
        raise UserError(f"Maintenance is `on` or `off`, not {state!r}.")
    found = _ask("maintenance", state=state)
    row = ("on since", found["since"]) if found["since"] else ("off",)
    print_rows(found, [row], typer.echo, as_json=as_json)


def add_questions(cli: typer.Typer) -> None:
    """Add the commands that are no `server ...`."""
    cli.command(name="audit")(audit_command)
    cli.command(name="usage")(usage_command)
    cli.command(name="limits")(limits_command)
    cli.command(name="maintenance")(maintenance_command)
    cli.command(name="sweep-preview")(preview_command)
