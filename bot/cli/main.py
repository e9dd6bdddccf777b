"""The command line for admins.

Imports are inside the commands: Azure's libraries take seconds to load, and most commands don't
need them.
"""

import asyncio
import json
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import asking, chosen
from bot.cli.chosen import chosen_settings
from bot.config.reading import ENV_FILE
from bot.process.logs import configure_logs
from provisioning.core.errors import UserError

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Notebook servers on Azure, from Slack.",
)
cli.add_typer(asking.server, name="server")
asking.add_questions(cli)


def main() -> None:
    """Run the console script; a `UserError` is printed as one sentence.

    The exit status is 3 if the command needs a running bot and none answers, else 2.
    """
    try:
        cli()
    except UserError as error:
        typer.echo(error.message, err=True)
        from bot.local.caller import NoBotError

        sys.exit(3 if isinstance(error, NoBotError) else 2)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"notebook-bot {version('notebook-bot')}")
        raise typer.Exit


@cli.callback()
def _options(
    env_file: Annotated[
        Path, typer.Option(help="File with settings, a line NAME=value each.")
    ] = ENV_FILE,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    if env_file != ENV_FILE and not env_file.is_file():
        raise UserError(f"There is no file {env_file}.")
    chosen.env_file.set(env_file)
    # A command's output is for people and scripts, so logs never go to stdout.
    configure_logs(level=logging.WARNING)


@cli.command(name="serve")
def serve_command() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    from bot.serve import serve

    asyncio.run(serve(chosen_settings()))


@cli.command(name="migrate")
def migrate_command() -> None:
    """Migrate the database to this version."""
    from bot.backup.archive import copy_before_upgrade
    from migrations.schema import current_version, migrate, wanted_version
    from provisioning.adapters.sql.health import opened_database

    async def work(url: str) -> None:
        async with opened_database(url) as engine:
            current = await current_version(engine)
            if current not in (None, wanted_version()):
                copy = copy_before_upgrade(url, str(current))
                typer.echo(f"The database as it was is kept in {copy}." if copy else "")
            await migrate(engine)

    asyncio.run(work(chosen_settings().database_url))
    typer.echo(f"The database has version {wanted_version()}.")


@cli.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Run this check; may be repeated.")] = None,
) -> None:
    """Check everything that can be wrong, and print what to fix. Nothing is changed.

    The exit status is 1 if something is broken.
    """
    from bot.cli.doctor import diagnose

    settings = chosen_settings()
    # The libraries' own words about a failure are no line for people.
    is_debug = settings.log_level == "debug"
    configure_logs(settings.log_format, logging.DEBUG if is_debug else logging.CRITICAL)
    healthy = asyncio.run(diagnose(settings, typer.echo, as_json=as_json, only=only or ()))
    raise typer.Exit(0 if healthy else 1)


@cli.command(name="trace")
def trace_command(
    reference: Annotated[str, typer.Argument(help="The reference that a message in Slack shows.")],
    log: Annotated[
        list[Path] | None, typer.Option(help="A file with the bot's log; default: the journal.")
    ] = None,
) -> None:
    """Print what happened behind a reference: audit, steps, log, and Azure's request ids."""
    from bot.cli.trace import trace

    asyncio.run(trace(chosen_settings(), reference, log or (), typer.echo))


@cli.command(name="settings")
def settings_command(
    everything: Annotated[
        bool, typer.Option("--all", help="Include the settings that have their default.")
    ] = False,
) -> None:
    """Print the settings in force and where each is set; secrets are hidden."""
    from bot.cli.settings import settings_in_force

    for line in settings_in_force(chosen_settings(), chosen.env_file.get(), everything=everything):
        typer.echo(line)


@cli.command(name="list")
def list_servers(
    everything: Annotated[
        bool, typer.Option("--all", help="Include deleted and failed servers.")
    ] = False,
) -> None:
    """Print all servers: name, owner, status, platform, size, URL."""
    from provisioning.adapters.sql.database import close_database, create_database_engine
    from provisioning.adapters.sql.servers import SqlServers

    async def work() -> None:
        database = create_database_engine(chosen_settings().database_url)
        try:
            servers = await SqlServers(database).list_servers(live=not everything)
        finally:
            await close_database(database)
        for server in servers:
            words = (server.name, server.owner, server.status.value, server.platform, server.size)
            typer.echo("\t".join((*words, server.url)))

    asyncio.run(work())


@cli.command()
def adopt() -> None:
    """Add this installation's servers in Azure to the database, by their tags.

    Use it after the database was lost. On SQLite, stop the bot first; bots on PostgreSQL may run.
    """
    from bot.cli.adopt import adopt_all

    asyncio.run(adopt_all(chosen_settings(), typer.echo))


@cli.command(name="new-place")
def new_place(
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
) -> None:
    """Use another subscription or resource group, and leave the present servers behind.

    Without --yes, say what that means. Stop the bot first.
    """
    from bot.cli.installation import use_new_place

    asyncio.run(use_new_place(chosen_settings(), typer.echo, yes=yes))


@cli.command(name="new-keys")
def new_keys(
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
) -> None:
    """Go on with other keys than those of the present servers, after the keys were lost.

    Without --yes, say what that means. Stop the bot first.
    """
    from bot.cli.installation import use_new_keys

    asyncio.run(use_new_keys(chosen_settings(), typer.echo, yes=yes))


_PassphraseFile = Annotated[
    Path | None, typer.Option(help="File with the passphrase, instead of the setting's.")
]


@cli.command(name="backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="The backup to write.")],
    passphrase_file: _PassphraseFile = None,
) -> None:
    """Write database and keys into one file. The bot may be running."""
    from bot.cli.backup import back_up

    back_up(chosen_settings(), file, passphrase_file, typer.echo)


@cli.command(name="restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="The backup to restore.")],
    passphrase_file: _PassphraseFile = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep what is there under a dated name.")
    ] = False,
) -> None:
    """Put the database and the keys of a backup in place. Stop the bot first."""
    from bot.cli.backup import bring_back

    bring_back(chosen_settings(), file, passphrase_file, typer.echo, replace=replace)


@cli.command(name="manifest")
def manifest_command() -> None:
    """Print the Slack app manifest (JSON) for "Create an app from a manifest"."""
    from handlers.commands.manifest import manifest
    from handlers.listeners.table import COMMANDS

    slack = chosen_settings().slack
    typer.echo(json.dumps(manifest(COMMANDS, slack.command, slack.mode), indent=2))


@cli.command()
def demo(
    without_bot: Annotated[bool, typer.Option(help="Run local Slack and Azure only.")] = False,
    only_bot: Annotated[bool, typer.Option(help="Run the bot only, on a running demo.")] = False,
) -> None:
    """Run local Slack, local Azure and the bot on this computer."""
    from bot.sandbox.libraries import DemoError, require_libraries
    from bot.sandbox.machines.errors import MachinesError

    try:
        require_libraries()
        _run_demo(without_bot=without_bot, only_bot=only_bot)
    except (DemoError, MachinesError) as error:
        raise UserError(str(error)) from None


def _run_demo(*, without_bot: bool, only_bot: bool) -> None:
    from bot.sandbox.demo import DemoConfig, exec_bot, run

    config = DemoConfig.from_environment(os.environ)
    if only_bot:
        exec_bot(config)
    parts = ("slack", "azure") if without_bot else ("slack", "azure", "bot")
    sys.exit(asyncio.run(run(config, parts)))


if __name__ == "__main__":
    main()
