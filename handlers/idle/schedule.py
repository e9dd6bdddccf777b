"""`schedule` and `idle`: in which hours a server runs, and after how long without use it stops."""

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import Asked
from handlers.kit.blocks import Message, code, date, plain
from handlers.kit.times import as_typed, parse_duration
from provisioning.core.language import N_, _
from provisioning.idle.schedule import Hours, HoursOfServers

_OFF = ("off", "none", "never")
_USUAL = ("default", "usual", "off")


class ScheduleCommands(Handlers):
    """The commands `schedule` and `idle`."""

    def __init__(self, hours: HoursOfServers) -> None:
        self._hours = hours

    async def schedule(self, asked: Asked) -> Message:
        """Set it, end it, or show it."""
        name, text = asked.command.arguments["name"], asked.command.get("hours")
        if text is None:
            return schedule_answer(await self._hours.of(asked.member, name))
        wanted = "" if text.strip().lower() in _OFF else text
        return schedule_answer(await self._hours.schedule(asked.member, name, wanted))

    async def idle(self, asked: Asked) -> Message:
        """Set it, go back to the usual time, or show it."""
        name, text = asked.command.arguments["name"], asked.command.get("time")
        if text is None:
            return idle_answer(await self._hours.of(asked.member, name))
        time = None if text.lower() in _USUAL else parse_duration(text)
        return idle_answer(await self._hours.idle_after(asked.member, name, time))

    COMMANDS = (
        Command(
            "schedule",
            "<name> [hours|off]",
            N_(
                "The hours in which a server runs, by your clock: it is started and stopped then, "
                "but never while something runs on it."
            ),
            schedule,
            required=("name",),
            rest="hours",
            example="schedule sales weekdays 9-18",
        ),
        Command(
            "idle",
            "<name> [time|default]",
            N_("After how long without use a server is stopped, within your admin's bounds."),
            idle,
            required=("name",),
            optional=("time",),
            example="idle sales 2h",
        ),
    )


def schedule_answer(hours: Hours) -> Message:
    """The hours, and when they begin or end next."""
    name = code(hours.server.name)
    if not hours.schedule or hours.next_change is None:
        return plain(_("{name} has no schedule: it is started by you alone.", name=name))
    return plain(
        _(
            "{name} runs {hours} by your clock: it is started and stopped then, next {moment}. "
            "Work that still runs is not stopped, and in between it stops when nobody uses it.",
            name=name,
            hours=code(hours.schedule),
            moment=date(hours.next_change),
        )
    )


def idle_answer(hours: Hours) -> Message:
    """After how long it stops."""
    name = code(hours.server.name)
    if hours.idle_after is None:
        return plain(_("{name} is stopped after the usual time without use.", name=name))
    values = {"name": name, "time": code(as_typed(hours.idle_after))}
    if hours.shortened:
        text = _(
            "{name} is stopped after {time} without use, as your admin's bounds are.", **values
        )
    else:
        text = _("{name} is stopped after {time} without use.", **values)
    return plain(text)
