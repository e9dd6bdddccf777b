"""The registry is the one table: what it lists is answered, and nothing else is."""

from handlers.commands.registry import SUBCOMMANDS
from handlers.listeners.dispatch import UseCases


class NoContext:
    """The table alone is looked at: nothing is called."""

    servers = keeping = None


def test_every_subcommand_has_its_use_case():
    assert list(UseCases(NoContext(), None).table()) == [each.name for each in SUBCOMMANDS]
