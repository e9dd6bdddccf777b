"""Checks of Azure: the sign-in, what each region sells, and room for the servers planned."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.config.settings import Settings
from bot.doctor.diagnosis import Doctoring
from bot.doctor.slack import people_who_may
from bot.doctor.surroundings import Surroundings
from provisioning.core.errors import PermanentError
from provisioning.core.model.cloud import Quota
from provisioning.core.model.limits import HOURS_A_MONTH
from provisioning.platforms.catalogue import PLATFORMS, Platform
from provisioning.servers.offers import ended_releases, gone_releases

_SOON = timedelta(days=30)


async def account(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Sign in, and say what the bot's start would still create."""
    lacking = await surroundings.cloud.presence.unprepared()
    azure = surroundings.settings.azure
    if lacking:
        doctoring.warn(
            f"The bot will create at its start: {', '.join(lacking)}.",
            "Start the bot, or create it yourself where its role does not allow that.",
        )
    doctoring.ok(f"Azure lets the bot work in the resource group {azure.resource_group}.")


async def secret(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Say when the client secret ends; Azure tells that to no bot, so a setting says it."""
    azure = surroundings.settings.azure
    if not azure.client_secret:
        doctoring.ok("The bot signs in without a secret of its own.")
        return
    ends = azure.client_secret_ends
    if ends is None:
        doctoring.advise(
            "It is unknown when the client secret ends; from then on nothing works.",
            "Set NOTEBOOK_BOT_AZURE__CLIENT_SECRET_ENDS to the day that Azure shows beside the "
            "secret (YYYY-MM-DD): the admins hear of it a month before.",
        )
        return
    left = ends - surroundings.clock.now().date()
    remedy = (
        "Make a new secret for the app registration, set NOTEBOOK_BOT_AZURE__CLIENT_SECRET and "
        "..._ENDS, and restart the bot."
    )
    if left < timedelta(0):
        doctoring.broken(f"The client secret ended on {ends}.", remedy)
    elif left < _SOON:
        doctoring.warn(f"The client secret ends on {ends}, in {left.days} days.", remedy)
    else:
        doctoring.ok(f"The client secret is valid until {ends}.")


async def sizes(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Compare what members may choose with what each region sells."""
    settings = surroundings.settings
    for region in settings.azure.regions:
        sold = {each.name for each in await surroundings.cloud.capacity.sizes(region)}
        wanted = {size for each in PLATFORMS.values() for size in offered(each, settings)}
        unsold = sorted(wanted - sold)
        if not sold:
            doctoring.broken(
                f"Azure sells no machines to this subscription in {region}.",
                "Correct the region; `az account list-locations -o table` lists them.",
            )
        elif not wanted & sold:
            doctoring.broken(
                f"{region} sells none of the sizes that members may choose.",
                "Set NOTEBOOK_BOT_ALLOWED_SIZES to sizes that the region sells "
                f"(`az vm list-skus -l {region} -o table`).",
            )
        elif unsold:
            doctoring.warn(
                f"{region} does not sell {', '.join(unsold)} to this subscription.",
                "Members can't choose them there; set NOTEBOOK_BOT_ALLOWED_SIZES to others, or "
                "ask Azure's support for access.",
            )
        else:
            doctoring.ok(f"{region} sells all sizes that members may choose.")


def offered(platform: Platform, settings: Settings) -> tuple[str, ...]:
    """Return the sizes of a platform that members may choose."""
    return settings.allowed_sizes or platform.sizes


async def images(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Look for the image of each platform's release in each region."""
    for region in surroundings.settings.azure.regions:
        for each in await gone_releases(surroundings.cloud.images, region):
            doctoring.broken(
                f"{region} does not offer {each.platform} {each.release} ({each.image}).",
                "Members choose another release; install a newer notebook-bot, whose list of "
                "images is newer.",
            )
    if not doctoring.found:
        doctoring.ok("Azure offers the images of all platforms.")


async def releases(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Name the systems without security updates, among those that members may choose."""
    ended = ended_releases(datetime.now(UTC).date())
    for title, until in ended:
        doctoring.warn(
            f"{title} has had no security updates since {until}.",
            "Members read that when they create a server. Have them move to a newer release.",
        )
    if not ended:
        doctoring.ok("All systems that members may choose get security updates.")


async def quotas(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Compare the free cores and addresses of the first region with the servers planned."""
    settings, capacity = surroundings.settings, surroundings.cloud.capacity
    region = settings.azure.region
    size_name = usual_size(settings)
    size = next((s for s in await capacity.sizes(region) if s.name == size_name), None)
    servers, because = await planned_servers(surroundings)
    if size is not None:
        wanted = {"cores": size.cores * servers, size.family.lower(): size.cores * servers}
        found = {each.name: each for each in await capacity.quotas(region)}
        for name, cores in wanted.items():
            if name in found:
                _compare(found[name], cores, f"{servers} servers of {size.name} ({because})",
                         region, doctoring)  # fmt: skip
    try:
        addresses = await capacity.address_quota(region)
    except PermanentError as error:
        doctoring.warn(
            f"The quota of addresses can't be read ({error.code}).",
            "Give the bot the role of docs/azure-role-subscription.json again.",
        )
        return
    if addresses is not None:
        _compare(addresses, servers, f"{servers} servers ({because})", region, doctoring)


def _compare(quota: Quota, wanted: int, why: str, region: str, doctoring: Doctoring) -> None:
    text = (
        f"{quota.title} in {region}: {quota.usage} of {quota.limit} are used; {why} need {wanted}."
    )
    if quota.limit <= quota.usage:
        doctoring.broken(text, "Ask for more under Quotas in the Azure portal.")
    elif quota.limit < wanted:
        doctoring.warn(text, "Ask for more under Quotas in the Azure portal before people wait.")
    else:
        doctoring.ok(text)


def usual_size(settings: Settings) -> str:
    """Return the size of a server for which its owner chose none."""
    platform = next(iter(PLATFORMS.values()))
    allowed = settings.allowed_sizes
    for each in PLATFORMS.values():
        platform = each if each.name == "ubuntu" else platform
    usual = platform.default_size
    return usual if not allowed or usual in allowed else allowed[0]


async def planned_servers(surroundings: Surroundings) -> tuple[int, str]:
    """Return the servers that the settings lead to, and the reason in words.

    The most servers of the installation; without such a limit one for each person.
    """
    limit = surroundings.settings.limits.servers
    if limit:
        return limit, "NOTEBOOK_BOT_LIMITS__SERVERS"
    people = await people_who_may(surroundings)
    if people is None:
        return 1, "one more; set NOTEBOOK_BOT_LIMITS__SERVERS for a plan"
    return max(1, len(people)), "one for each person"


async def cost(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Say what a month costs at most, or that nothing bounds it."""
    settings, prices = surroundings.settings, surroundings.prices
    if settings.limits.cost:
        doctoring.ok(
            f"All servers together may cost ${settings.limits.cost:.0f} a month "
            "(NOTEBOOK_BOT_LIMITS__COST)."
        )
        return
    region, size = settings.azure.region, usual_size(settings)
    hourly = await prices.per_hour(size, "linux", region)
    disk = await prices.disk_per_month(32, region)
    servers, because = await planned_servers(surroundings)
    if hourly is None:
        doctoring.warn(
            f"The price list does not say what {size} costs in {region}.",
            "Check NOTEBOOK_BOT_AZURE__PRICES_URL and the network; limits of cost can't count.",
        )
        return
    month = servers * (hourly * HOURS_A_MONTH + (disk or Decimal(0)))
    text = (
        f"{servers} servers of {size} ({because}) cost about ${month:.0f} a month at 8 hours a "
        "day, disks included"
    )
    if settings.limits.servers:
        doctoring.ok(f"{text}.")
    else:
        doctoring.advise(
            f"{text}, and nothing bounds it.",
            "Set NOTEBOOK_BOT_LIMITS__COST or NOTEBOOK_BOT_LIMITS__SERVERS.",
        )
