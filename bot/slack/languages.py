"""A member's language: the member's own setting, else the language of the Slack profile."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from typing_extensions import override

from bot.slack.profiles import Profiles
from handlers.kit.toolkit import Languages
from provisioning.core.errors import DatabaseDownError
from provisioning.core.language import speaking
from provisioning.members.settings import MemberSettingsStore

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SlackLanguages(Languages):
    """Languages of members, by their settings and their Slack profiles."""

    def __init__(self, profiles: Profiles, settings: MemberSettingsStore) -> None:
        self._profiles = profiles
        self._settings = settings
        self._known: dict[str, str] = {}

    @override
    async def of(self, user_id: str) -> str:
        try:
            chosen = (await self._settings.get(user_id)).language
        except DatabaseDownError:
            return self.known(user_id)  # a member hears of the outage in some language
        language = chosen or (await self._profiles.of(user_id)).locale
        self._known[user_id] = language
        return language

    @override
    def known(self, user_id: str) -> str:
        return self._known.get(user_id, "")

    async def drawn(
        self, user_id: str, draw: Callable[_P, _T], *args: _P.args, **options: _P.kwargs
    ) -> _T:
        """Return the result of `draw`, called in the member's language."""
        with speaking(await self.of(user_id)):
            return draw(*args, **options)
