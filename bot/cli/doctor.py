"""`notebook-bot doctor`: run every check, and print a line each with the remedy."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict

import aiohttp

from bot.config.settings import Settings
from bot.doctor.diagnosis import Diagnosis, Examination, Grade, examine
from bot.doctor.surroundings import Surroundings
from bot.doctor.table import CHECKS
from bot.process.clock import SystemClock
from bot.slack.app import build_client
from bot.wiring.installation import installation_of
from provisioning.adapters.azure.client import open_session
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.prices import RetailPrices
from provisioning.core.errors import UserError


async def diagnose(
    settings: Settings,
    report: Callable[[str], object],
    *,
    as_json: bool = False,
    only: Collection[str] = (),
) -> bool:
    """Run the checks, or `only` those, and print their lines. Return whether nothing is broken.

    Changes nothing.

    Raises:
        UserError: about a check that does not exist.
    """
    unknown = sorted(set(only) - set(CHECKS))
    if unknown:
        raise UserError(f"There is no check {unknown[0]!r}. There are: {', '.join(CHECKS)}.")
    chosen = {name: each for name, each in CHECKS.items() if not only or name in only}
    found = await _examined(settings, chosen)
    if as_json:
        report(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            report(each.line)
    return all(each.grade is not Grade.BROKEN for each in found)


async def _examined(settings: Settings, checks: Mapping[str, Examination]) -> Sequence[Diagnosis]:
    cloud = open_cloud(settings.azure, settings.installation, settings.open_ports)
    try:
        async with (
            aiohttp.ClientSession(trust_env=True) as session,
            open_session(settings.azure.prices_url, settings.azure.ca_file) as to_prices,
        ):
            prices = RetailPrices(settings.azure.prices_url, to_prices, patience=20.0)
            surroundings = Surroundings(
                settings=settings,
                slack=build_client(settings.slack, session),
                cloud=cloud,
                prices=prices,
                clock=SystemClock(),
                installation_in=lambda database: installation_of(settings, database),
            )
            try:
                return await examine(checks, surroundings)
            finally:
                await prices.close()
    finally:
        await cloud.account.close()
