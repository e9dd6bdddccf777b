"""What can be seen wrong in the settings without asking Slack or Azure."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from croniter import croniter
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.config.names import PREFIX, fields_of, is_section
from bot.config.settings import ALL_MEMBERS, Settings
from provisioning.core.errors import UserError
from provisioning.platforms.catalogue import PLATFORMS

_IDS = {
    "USERS": (r"[UW][A-Z0-9_]+", "a user id such as U012AB3CD (a profile's menu, Copy member ID)"),
    "ADMINS": (r"[UW][A-Z0-9_]+", "a user id such as U012AB3CD (a profile's menu, Copy member ID)"),
    "APPROVERS": (r"[UW][A-Z0-9_]+", "a user id such as U012AB3CD"),
    "GROUPS": (r"S[A-Z0-9_]+", "a user group's id such as S012AB3CD (the end of the group's link)"),
    "CHANNEL": (r"[CGD][A-Z0-9_]+", "a channel's id such as C012AB3CD (the channel's details)"),
}
_CRONS = ("SWEEP", "RECONCILE", "__AT")
_DATABASES = ("sqlite+aiosqlite", "postgresql+psycopg")


def mistakes(settings: Settings) -> list[str]:
    """Return a line about each value that no installation can work with."""
    lines = []
    for variable, value in values_of(settings):
        reason = _reason(variable, value)
        if reason:
            lines.append(f"{variable}: {reason}.")
    return lines


def require_members(settings: Settings) -> None:
    """Refuse settings that don't say who may use the bot.

    Raises:
        UserError: if neither members nor groups are named, and `everybody` is not either.
    """
    slack = settings.slack
    if not slack.allowed_users and not slack.allowed_groups:
        raise UserError(
            f"Say who may use the bot: {PREFIX}SLACK__ALLOWED_GROUPS with ids of user groups, "
            f"{PREFIX}SLACK__ALLOWED_USERS with ids of members, or the latter with the word "
            f"{ALL_MEMBERS} for all members of the workspace."
        )


def doubts(settings: Settings) -> list[str]:
    """Return a line about each combination that works, but hardly as it was meant."""
    idle, names = settings.idle, f"{PREFIX}IDLE__"
    pairs = (
        (idle.at_least, idle.at_most, "AT_LEAST", "AT_MOST"),
        (idle.retention_warning, idle.retention, "RETENTION_WARNING", "RETENTION"),
        (idle.lifetime_warning, idle.lifetime, "LIFETIME_WARNING", "LIFETIME"),
    )
    lines = [
        f"settings: {names}{first} is longer than {names}{second}, so it means nothing."
        for shorter, longer, first, second in pairs
        if longer and shorter > longer
    ]
    offered = {size for each in PLATFORMS.values() for size in (*each.sizes, *each.gpu_sizes)}
    strange = sorted(set(settings.allowed_sizes) - offered)
    if strange:
        lines.append(
            f"settings: no platform has {', '.join(strange)} of {PREFIX}ALLOWED_SIZES, so members "
            "can't choose it."
        )
    return lines


def values_of(section: object, prefix: str = PREFIX) -> Iterator[tuple[str, Any]]:
    """Yield each setting's variable and value, of a section and those below it."""
    for name, kind in fields_of(type(section)).items():
        variable, value = f"{prefix}{name.upper()}", getattr(section, name)
        if is_section(kind):
            yield from values_of(value, f"{variable}__")
        else:
            yield variable, value


def _reason(variable: str, value: Any) -> str:
    if variable.endswith("_PORT") and not 0 <= value <= 65_535:
        return f"{value} is no port"
    if isinstance(value, (int, float, Decimal)) and value < 0:
        return f"{value} is below 0"
    if isinstance(value, timedelta) and value < timedelta(0):
        return "a duration can't be negative"
    if variable.endswith(_CRONS) and not croniter.is_valid(value, second_at_beginning=True):
        return f"{value!r} is no cron expression such as */10 * * * *"
    if variable == f"{PREFIX}DATABASE_URL":
        return _reason_of_database(value)
    return _reason_of_ids(variable, value)


def _reason_of_database(url: str) -> str:
    try:
        driver = make_url(url).drivername
    except ArgumentError:
        return (
            "it is no database URL; expected sqlite+aiosqlite:///FILE or postgresql+psycopg://..."
        )
    if driver in _DATABASES:
        return ""
    return f"the bot has no database {driver}; expected {' or '.join(_DATABASES)}"


def _reason_of_ids(variable: str, value: Any) -> str:
    words = (value,) if isinstance(value, str) else value
    for ending, (pattern, expected) in _IDS.items():
        if not variable.startswith((f"{PREFIX}SLACK__", f"{PREFIX}REPORT__")):
            return ""
        if variable.endswith(ending):
            wrong = [word for word in words if word and not re.fullmatch(pattern, word)]
            wrong = [word for word in wrong if word != ALL_MEMBERS or ending != "USERS"]
            return f"{', '.join(wrong)}: expected {expected}" if wrong else ""
    return ""
