"""Who is spoken to in which language: as the person has set it, else as their Slack is."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bot.slack.profiles import Profiles
from provisioning.core.language import speaking
from provisioning.members.settings import MemberSettingsStore

P = ParamSpec("P")
T = TypeVar("T")


class SlackLanguages:
    """See `handlers.kit.toolkit.Languages`."""

    def __init__(self, profiles: Profiles, settings: MemberSettingsStore) -> None:
        self._profiles = profiles
        self._settings = settings
        self._known: dict[str, str] = {}

    async def of(self, user_id: str) -> str:
        """See `Languages.of`."""
        chosen = (await self._settings.get(user_id)).language
        language = chosen or (await self._profiles.of(user_id)).locale
        self._known[user_id] = language
        return language

    def known(self, user_id: str) -> str:
        """See `Languages.known`."""
        return self._known.get(user_id, "")

    async def drawn(
        self, user_id: str, draw: Callable[P, T], *args: P.args, **options: P.kwargs
    ) -> T:
        """What `draw` returns when it speaks that person's language: a message to them."""
        with speaking(await self.of(user_id)):
            return draw(*args, **options)
