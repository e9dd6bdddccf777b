"""A member's own settings as a form, as an answer, and as command options. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from handlers.commands.request import CommandLine
from handlers.kit.blocks import Block, Message, plain, plain_text
from provisioning.core.errors import UserError
from provisioning.core.language import LANGUAGES, _, number
from provisioning.members.settings import MemberSettings, QuietHours

SETTINGS_FORM = "settings_form"
LANGUAGE, SINCE, UNTIL, IDLE = "language", "since", "until", "idle"
"""Ids of the fields and of their blocks."""

AS_IN_SLACK, NO_HOURS, AS_USUAL = "slack", "none", "default"
"""Values that reset a setting."""

IDLE_MINUTES = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720)
"""Idle times that the form offers, within the installation's limits."""

_HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?")
_CLOCK = "%H:%M"


def settings_form(settings: MemberSettings, bounds: tuple[timedelta, timedelta]) -> dict[str, Any]:
    """Return the form with the present settings. `bounds`: shortest and longest idle time."""
    as_usual = _option(_("Default"), AS_USUAL)
    minutes = sorted({*IDLE_MINUTES, *filter(None, [settings.idle_minutes])})
    idle = [
        _option(_("{minutes} min", minutes=number(each)), str(each))
        for each in minutes
        if bounds[0] <= timedelta(minutes=each) <= bounds[1]
    ]
    languages = [
        _option(_("As in Slack"), AS_IN_SLACK),
        *(_option(name, language) for language, name in LANGUAGES.items()),
    ]
    quiet = settings.quiet
    since = _time_picker(quiet.since if quiet else None)
    until = _time_picker(quiet.until if quiet else None)
    hint = _(
        "In these hours I send no messages of my own accord. Leave both fields empty for no "
        "quiet hours."
    )
    unused = _(
        "How long a server may be idle, without work and without you, before I warn you and then "
        "stop it."
    )
    blocks = [
        _input(LANGUAGE, _("Language"), _select(languages, settings.language or AS_IN_SLACK)),
        _input(SINCE, _("Quiet hours from"), since) | {"optional": True},
        _input(UNTIL, _("Quiet hours until"), until) | {"optional": True, "hint": plain_text(hint)},
        _input(IDLE, _("Idle time"), _select([as_usual, *idle], str(settings.idle_minutes)))
        | {"hint": plain_text(unused)},
    ]
    return {
        "type": "modal",
        "callback_id": SETTINGS_FORM,
        "title": plain_text(_("Your settings")),
        "submit": plain_text(_("Save")),
        "close": plain_text(_("Cancel")),
        "blocks": blocks,
    }


def read_settings_form(view: Mapping[str, Any]) -> MemberSettings:
    """Return the settings that a submitted form contains.

    Raises:
        UserError: if one of the two times is missing.
    """
    values = {
        block_id: next(iter(elements.values()))
        for block_id, elements in view["state"]["values"].items()
    }

    def chosen(field: str) -> str:
        return str((values[field].get("selected_option") or {}).get("value") or "")

    since, until = (values[field].get("selected_time") for field in (SINCE, UNTIL))
    if bool(since) != bool(until):
        missing = UNTIL if since else SINCE
        raise UserError(_("Quiet hours need a start and an end."), missing)
    quiet = None
    if since and until:
        quiet = QuietHours(time.fromisoformat(since), time.fromisoformat(until))
    language, idle = chosen(LANGUAGE), chosen(IDLE)
    return MemberSettings(
        "" if language == AS_IN_SLACK else language,
        quiet,
        int(idle) if idle.isdecimal() else None,
    )


def read_settings_command(command: CommandLine, before: MemberSettings) -> MemberSettings:
    """Return the settings after a command; those that the command does not name stay.

    Raises:
        UserError: for hours or minutes that can't be read.
    """
    after = before
    if (language := command.get("language")) is not None:
        word = language.lower()
        after = replace(after, language="" if word == AS_IN_SLACK else word)
    if (hours := command.get("quiet")) is not None:
        after = replace(after, quiet=None if hours.lower() == NO_HOURS else _hours(hours))
    if (idle := command.get("idle")) is not None:
        after = replace(after, idle_minutes=None if idle.lower() == AS_USUAL else _minutes(idle))
    return after


def _hours(text: str) -> QuietHours:
    found = _HOURS.fullmatch(text.strip())
    try:
        if found is not None:
            hour, minute, last_hour, last_minute = (int(each or 0) for each in found.groups())
            return QuietHours(time(hour, minute), time(last_hour % 24, last_minute))
    except ValueError:
        pass
    raise UserError(_("Write quiet hours like `22:00-8:00`, or `none`."))


def _minutes(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise UserError(_("Write the idle time in minutes, like `60`, or `default`."))
    return int(text)


def settings_answer(settings: MemberSettings) -> Message:
    """Return a member's present settings as an answer."""
    language = LANGUAGES.get(settings.language) or _("as in Slack")
    quiet = _("none")
    if settings.quiet is not None:
        quiet = f"{settings.quiet.since:{_CLOCK}}-{settings.quiet.until:{_CLOCK}}"
    idle = _("default")
    if settings.idle_minutes is not None:
        idle = _("{minutes} min", minutes=number(settings.idle_minutes))
    return plain(
        _(
            "Your settings: language {language}, quiet hours {quiet}, idle time {idle}.",
            language=language,
            quiet=quiet,
            idle=idle,
        )
    )


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain_text(text), "value": value}


def _select(options: list[dict[str, Any]], chosen: str) -> dict[str, Any]:
    initial = next((each for each in options if each["value"] == chosen), options[0])
    return {"type": "static_select", "options": options, "initial_option": initial}


def _time_picker(chosen: time | None) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "timepicker"}
    return element | ({"initial_time": f"{chosen:{_CLOCK}}"} if chosen is not None else {})


def _input(block_id: str, label: str, element: dict[str, Any]) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label),
        "element": element | {"action_id": f"settings_{block_id}"},
    }
