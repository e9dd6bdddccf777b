"""The places of settings: the environment, a folder of secrets, `.env` and TOML files."""

import os
from pathlib import Path

from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    TomlConfigSettingsSource,
)

_TOML_FILES = (Path("/etc/notebook-bot.toml"), Path("notebook-bot.toml"))
_SECRETS = Path("/run/secrets")


def places(
    settings: type[BaseSettings], env_file: Path | None
) -> list[tuple[str, PydanticBaseSettingsSource]]:
    """Return each place of settings with its name, in the order in which they decide.

    Secrets are files that are called like the variables, in systemd's `$CREDENTIALS_DIRECTORY` or
    in `/run/secrets`. Of two TOML files the one in the working directory decides.
    """
    secrets = Path(os.environ.get("CREDENTIALS_DIRECTORY") or _SECRETS)
    from_files = NestedSecretsSettingsSource(
        SecretsSettingsSource(settings), secrets_dir=secrets, secrets_dir_missing="ok"
    )
    found: list[tuple[str, PydanticBaseSettingsSource]] = [
        ("environment", EnvSettingsSource(settings)),
        (str(secrets), from_files),
    ]
    if env_file is not None:
        found.append((str(env_file), DotEnvSettingsSource(settings, env_file=env_file)))
    files = [file for file in _TOML_FILES if file.exists()]
    found += [(str(each), TomlConfigSettingsSource(settings, each)) for each in reversed(files)]
    return found
