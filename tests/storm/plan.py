"""What a storm consists of: all of it follows from the seed."""

import random
from dataclasses import dataclass
from pathlib import Path

MEMBERS = {"U_ANA": "ana", "U_BOB": "bob", "U_EVE": "eve", "U_MAL": "mal", "U_IDA": "ida"}
OUTSIDERS = ("U_MAL", "U_IDA")
"""Members who are not in the group that may use the demo's bot."""


@dataclass(frozen=True)
class Plan:
    """The size of a storm. Kills and so on are numbers for the whole storm."""

    seed: int
    folder: Path
    lives: int = 200
    at_once: int = 4
    """Most servers whose owners act at the same time."""
    in_a_round: int = 10
    """Servers between two checks."""
    database: str = "sqlite"
    bots: int = 1
    bot_kills: int = 50
    slack_kills: int = 10
    azure_kills: int = 10
    freezes: int = 6
    terms: int = 6
    database_restarts: int = 2
    speed: float = 60.0
    settle_seconds: float = 600.0
    copies_seconds: int = 180
    """How long the snapshots of deletions are kept."""

    def random(self, *what: object) -> random.Random:
        """Return the random numbers of one thing, whatever the others do meanwhile."""
        return random.Random("/".join(map(str, (self.seed, *what))))

    def rounds(self) -> list[range]:
        """Return the numbers of the lives of each round."""
        return [
            range(first, min(first + self.in_a_round, self.lives))
            for first in range(0, self.lives, self.in_a_round)
        ]

    def blows(self) -> list[str]:
        """Return what hits the processes, in its order."""
        restarts = self.database_restarts if self.database == "postgres" else 0
        found = (
            ["kill a bot"] * self.bot_kills
            + ["kill Slack"] * self.slack_kills
            + ["kill Azure"] * self.azure_kills
            + ["freeze a bot"] * self.freezes
            + ["stop a bot"] * self.terms
            + ["restart the database"] * restarts
        )
        self.random("blows").shuffle(found)
        return found
