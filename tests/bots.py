"""A bot in which fakes stand for the cloud, the machines and whatever else a test chooses."""

from pathlib import Path

from typing_extensions import Unpack

from bot.config.settings import ALL_MEMBERS, AzureSettings, Settings, SlackSettings
from bot.slack.app import Identity
from bot.wiring.bot import Bot, build
from bot.wiring.parts import Parts
from tests.databases import url_of
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeClock, FakePrices

IDENTITY = Identity("T_TEST", "B_TEST", "U_BOT")
"""With it, a bot is wired without a Slack."""


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings of two regions whose files are in the folder; `changes` are other fields."""
    usual: dict[str, object] = {
        "azure": AzureSettings(region="westeurope", other_regions=("northeurope",)),
        "slack": SlackSettings(allowed_users=(ALL_MEMBERS,)),
        "database_url": url_of(folder),
        "keys_dir": folder / "keys",
        "cache_dir": folder / "cache",
        "shutdown_seconds": 60.0,
    }
    return Settings.model_validate(usual | changes)


async def bot_of(settings: Settings, **parts: Unpack[Parts]) -> Bot:
    """Build a bot of these settings, and of fakes where `parts` has nothing else."""
    fakes: Parts = {
        "clock": FakeClock(),
        "cloud": FakeCloud(),
        "prices": FakePrices(),
        "host": FakeHost(),
    }
    return await build(settings, **(fakes | parts))
