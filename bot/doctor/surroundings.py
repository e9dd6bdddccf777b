"""What the doctor looks at: the settings, and the ways to Slack, Azure and the database."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config.settings import Settings
from provisioning.admin.installation import Installation
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of one installation. `installation_in` compares a database's record."""

    settings: Settings
    slack: AsyncWebClient
    cloud: Cloud
    prices: Prices
    clock: Clock
    installation_in: Callable[[AsyncEngine], Installation]
