"""Checks of Slack: both tokens, the scopes, and each person, group and channel of the settings."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.backup.archive import sqlite_file
from bot.config.settings import ALL_MEMBERS, SlackSettings
from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings
from bot.slack.app import identify
from bot.slack.errors import FAILURES, error_code
from handlers.commands.manifest import BOT_SCOPES
from migrations.schema import current_version, wanted_version
from provisioning.adapters.sql.chat.posted_once import SqlPostedOnce
from provisioning.adapters.sql.health import opened_database
from provisioning.members.refused_messages import RefusedMessages

_PREFIX = "NOTEBOOK_BOT_SLACK__"
_MOST_PEOPLE = 50
"""People of the settings that are looked up; Slack limits the requests."""
_CLOCK_SECONDS, _CLOCK_LIMIT = 60.0, 240.0
"""Slack and Azure refuse signatures and tokens of a clock that is five minutes off."""


async def bot_token(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Sign in, and compare the token's scopes with the manifest."""
    client = surroundings.slack
    identity = await identify(client)
    doctoring.ok(f"The bot is {identity.user_id} in the workspace {identity.team_id}.")
    answer = await client.auth_test()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    given = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")} - {""}
    lacking = sorted(set(BOT_SCOPES) - given) if given else []
    if lacking:
        doctoring.broken(
            f"The bot's token lacks the scopes {', '.join(lacking)}.",
            "Give the app the manifest of `notebook-bot manifest`, and install it again.",
        )
    _compare_clocks(headers.get("date", ""), doctoring)


def _compare_clocks(date: str, doctoring: Doctoring) -> None:
    try:
        theirs = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return
    off = abs((datetime.now(UTC) - theirs).total_seconds())
    remedy = "Let this computer take its time from the network (`timedatectl set-ntp true`)."
    if off > _CLOCK_LIMIT:
        doctoring.broken(f"This computer's clock is {off:.0f} s away from Slack's.", remedy)
    elif off > _CLOCK_SECONDS:
        doctoring.warn(f"This computer's clock is {off:.0f} s away from Slack's.", remedy)


async def delivery(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Check what Slack's deliveries need: the app-level token, or the signing secret."""
    settings = surroundings.settings.slack
    if settings.mode == "http":
        if settings.signing_secret.get_secret_value():
            doctoring.ok("Slack's requests are checked with the signing secret.")
        else:
            doctoring.broken(
                "Mode http needs the signing secret.",
                f'Set {_PREFIX}SIGNING_SECRET from "Basic Information" of the Slack app.',
            )
        return
    token = settings.app_token.get_secret_value()
    remedy = (
        f"Set {_PREFIX}APP_TOKEN to an app-level token (xapp-..., scope connections:write) of "
        '"Basic Information" of the Slack app.'
    )
    if not token:
        doctoring.broken("Mode socket needs the app-level token.", remedy)
        return
    try:
        await surroundings.slack.apps_connections_open(app_token=token)
    except FAILURES as error:
        doctoring.broken(f"Slack refuses the app-level token ({error_code(error)}).", remedy)
    else:
        doctoring.ok("Slack accepts the app-level token.")


async def people(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Look for each user group and each person that the settings name."""
    settings, client = surroundings.settings.slack, surroundings.slack
    if not settings.allowed_users and not settings.allowed_groups:
        doctoring.broken(
            "The settings don't say who may use the bot.",
            f"Set {_PREFIX}ALLOWED_GROUPS or {_PREFIX}ALLOWED_USERS; the word {ALL_MEMBERS} is "
            "for all members of the workspace.",
        )
    for variable, groups in _groups_of(settings):
        for group in groups:
            await _look_for_group(client, variable, group, doctoring)
    for variable, users in _users_of(settings):
        for user in users[:_MOST_PEOPLE]:
            await _look_for_user(client, variable, user, doctoring)
    if not settings.admins and not settings.admin_groups:
        doctoring.advise(
            "The bot has no admin, so it tells no person what only an admin can mend.",
            f"Set {_PREFIX}ADMINS.",
        )
    known = await people_who_may(surroundings)
    count = "All members of the workspace" if known is None else f"{len(known)} people"
    doctoring.ok(f"{count} may use the bot.")


def _groups_of(settings: SlackSettings) -> Iterable[tuple[str, Sequence[str]]]:
    for name in ("allowed_groups", "admin_groups", "approver_groups"):
        yield f"{_PREFIX}{name.upper()}", getattr(settings, name)


def _users_of(settings: SlackSettings) -> Iterable[tuple[str, Sequence[str]]]:
    for name in ("allowed_users", "admins", "approvers"):
        users = [each for each in getattr(settings, name) if each != ALL_MEMBERS]
        yield f"{_PREFIX}{name.upper()}", users


async def _look_for_group(
    client: AsyncWebClient, variable: str, group: str, doctoring: Doctoring
) -> None:
    try:
        answer = await client.usergroups_users_list(usergroup=group)
    except FAILURES as error:
        doctoring.broken(
            f"Slack does not show the user group {group} of {variable} ({error_code(error)}).",
            "The end of the group's link in Slack is its id.",
        )
        return
    if not answer["users"]:
        doctoring.warn(f"The user group {group} of {variable} has no members.", "Add members.")


async def _look_for_user(
    client: AsyncWebClient, variable: str, user: str, doctoring: Doctoring
) -> None:
    try:
        found: dict[str, Any] = (await client.users_info(user=user))["user"]
    except FAILURES as error:
        doctoring.broken(
            f"Slack does not know {user} of {variable} ({error_code(error)}).",
            "A person's profile has the id in its menu, as Copy member ID.",
        )
        return
    if found.get("deleted"):
        doctoring.warn(f"{user} of {variable} is deactivated in Slack.", f"Correct {variable}.")
    elif found.get("is_bot"):
        doctoring.broken(f"{user} of {variable} is a bot.", f"Correct {variable}.")


async def people_who_may(surroundings: Surroundings) -> frozenset[str] | None:
    """Return who may use the bot, as far as Slack answers; None for the whole workspace."""
    settings = surroundings.settings.slack
    if ALL_MEMBERS in settings.allowed_users:
        return None
    answers = await asyncio.gather(
        *(surroundings.slack.usergroups_users_list(usergroup=g) for g in settings.allowed_groups),
        return_exceptions=True,
    )
    listed = (each["users"] for each in answers if not isinstance(each, BaseException))
    return frozenset(settings.allowed_users).union(*listed)


async def channels(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Read the newest message of each channel in which the bot must post."""
    settings = surroundings.settings
    named = {
        f"{_PREFIX}ADMIN_CHANNEL": settings.slack.admin_channel,
        "NOTEBOOK_BOT_REPORT__CHANNEL": settings.report.channel,
    }
    for variable, channel in named.items():
        if not channel:
            continue
        try:
            # The bot has no scope for conversations.info, and needs none.
            await surroundings.slack.conversations_history(channel=channel, limit=1)
        except FAILURES as error:
            doctoring.broken(
                f"The bot can't read {channel} of {variable} ({error_code(error)}).",
                "Invite the bot into the channel (`/invite @notebook-bot`), or correct the id.",
            )
        else:
            doctoring.ok(f"The bot is in {channel} of {variable}.")


async def messages(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Say whether Slack has refused all direct messages, as the running bot has noted."""
    settings = surroundings.settings
    file = sqlite_file(settings.database_url)
    since = None
    if file is None or file.exists():
        async with opened_database(settings.database_url) as database:
            if await current_version(database) == wanted_version():
                posted = SqlPostedOnce(database)
                since = await RefusedMessages(posted, surroundings.clock).since()
    if since is None:
        doctoring.ok("Slack takes the bot's messages, as far as the bot has tried.")
    else:
        doctoring.broken(
            f"Slack has refused all direct messages since {since:%Y-%m-%d %H:%M} UTC.",
            "Turn on the Messages tab: api.slack.com/apps, this app, App Home.",
        )
