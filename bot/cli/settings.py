"""`notebook-bot settings`: the settings in force, and where each is set."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from bot.config.checks import values_of
from bot.config.durations import as_written
from bot.config.names import PREFIX, is_secret
from bot.config.reading import origins_of
from bot.config.settings import Settings


def settings_in_force(settings: Settings, env_file: Path, *, everything: bool) -> Iterator[str]:
    """Yield a line for each setting that is set, or for each one if `everything`."""
    origins = origins_of(env_file)
    for variable, value in values_of(settings):
        if everything or variable in origins:
            place = origins.get(variable, "default")
            yield f"{variable}={shown(variable, value)}  ({place})"


def shown(variable: str, value: Any) -> str:
    """Return a value as it can be written in a setting, without its secret parts."""
    if is_secret(variable):
        return "(hidden)" if str(value) else ""
    if variable == f"{PREFIX}DATABASE_URL":
        return make_url(value).render_as_string(hide_password=True)
    if isinstance(value, timedelta):
        return as_written(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
