"""The settings that the options in front of the command choose."""

from contextvars import ContextVar
from pathlib import Path

from bot.config.reading import ENV_FILE, read_settings
from bot.config.settings import Settings

env_file: ContextVar[Path] = ContextVar("env_file", default=ENV_FILE)


def chosen_settings() -> Settings:
    """Return the settings. Raises `UserError` about wrong ones."""
    return read_settings(env_file.get())
