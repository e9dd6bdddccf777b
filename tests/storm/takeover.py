"""How long a bot's work waits for another bot, after the first one was hit."""

from tests.storm.parts import Part


class Takeovers:
    """Measures by the engine's history, with several bots on one database."""

    def __init__(self, database_url: str, bots: int) -> None:
        self._url, self._bots = database_url, bots

    async def expect(self, bot: Part) -> None:
        """Note the work that this bot has now."""

    async def close(self) -> list[float]:
        """Return the seconds of each takeover."""
        return []
