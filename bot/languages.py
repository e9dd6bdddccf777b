"""Who is spoken to in which language: as the person has set it, else as their Slack is."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bot.profiles import Profiles
from provisioning.language import speaking

P = ParamSpec("P")
T = TypeVar("T")


class Languages:
    """See `handlers.context.Languages`."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles

    async def of(self, user_id: str) -> str:
        """See `Languages.of`."""
        return (await self._profiles.of(user_id)).locale

    def known(self, user_id: str) -> str:
        """See `Languages.known`."""
        return self._profiles.known(user_id).locale

    async def drawn(
        self, user_id: str, draw: Callable[P, T], *args: P.args, **options: P.kwargs
    ) -> T:
        """What `draw` returns when it speaks that person's language: a message to them."""
        with speaking(await self.of(user_id)):
            return draw(*args, **options)
