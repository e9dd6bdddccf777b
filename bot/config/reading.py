"""Read all settings from their places, and name every mistake in one message."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, PydanticBaseSettingsSource, SettingsError

from bot.config.checks import mistakes
from bot.config.names import PREFIX, flattened, is_secret, settings_of, unknown_names
from bot.config.places import places
from bot.config.settings import Settings
from provisioning.core.errors import UserError

ENV_FILE = Path(".env")

_EXPECTED = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "decimal_parsing": "a number",
    "bool_parsing": "true or false",
    "date_from_datetime_parsing": "a day such as 2027-01-31",
    "date_parsing": "a day such as 2027-01-31",
    "date_from_datetime_inexact": "a day such as 2027-01-31",
    "time_delta_parsing": "a duration such as 30m, 4h or 7d",
    "time_delta_type": "a duration such as 30m, 4h or 7d",
}


def read_settings(env_file: Path = ENV_FILE) -> Settings:
    """Return all settings.

    Raises:
        UserError: with a line for each unknown name and each wrong value.
    """
    try:
        origins = origins_of(env_file)
        lines = unknown_names(origins, [name for name, _kind in settings_of(Settings)])
        settings = Settings(_env_file=env_file)
        lines += mistakes(settings)
    except ValidationError as error:
        lines += [_line(each, origins) for each in error.errors(include_url=False)]
    except (SettingsError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"The settings can't be read: {error}") from error
    if lines:
        many = f"{len(lines)} of the settings are wrong" if len(lines) > 1 else "A setting is wrong"
        raise UserError("\n".join([f"{many}:", *(f"- {line}" for line in lines)]))
    return settings


def origins_of(env_file: Path) -> dict[str, str]:
    """Return the place that decides each setting that is set anywhere, by its variable's name."""
    found: dict[str, str] = {}
    for place, source in reversed(places(Settings, env_file)):
        found |= dict.fromkeys(_names_in(source), place)
    return found


def _names_in(source: PydanticBaseSettingsSource) -> list[str]:
    """Return the variables' names in a place of settings, unknown ones included."""
    if isinstance(source, EnvSettingsSource):
        return [name.upper() for name in source.env_vars if name.upper().startswith(PREFIX)]
    return list(flattened(source()))


def _line(error: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    variable = PREFIX + "__".join(str(part).upper() for part in error["loc"])
    while variable not in origins and "__" in variable.removeprefix(PREFIX):
        variable = variable.rpartition("__")[0]
    value = "(not shown)" if is_secret(variable) else repr(error["input"])
    return f"{variable}={value} ({origins.get(variable, 'default')}): {_expected(error)}."


def _expected(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"]).rstrip(".")
    if error["type"] == "literal_error":
        return f"expected {context['expected']}"
    if error["type"] in _EXPECTED:
        return f"expected {_EXPECTED[error['type']]}"
    return str(error["msg"])
