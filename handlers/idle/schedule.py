"""The commands `schedule` and `idle`: a server's hours, and the idle time before its stop."""

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Message, code, date, plain
from handlers.kit.times import as_typed, parse_duration
from provisioning.core.language import N_, _
from provisioning.idle.schedule import Hours, HoursOfServers

_OFF = ("off", "none", "never")
_DEFAULT = ("default", "usual", "off")


class ScheduleCommands(Handlers):
    """Handlers of `schedule` and `idle`."""

    def __init__(self, hours: HoursOfServers) -> None:
        self._hours = hours

    async def schedule(self, request: CommandRequest) -> Message:
        """Set, end or show a server's schedule."""
        name, text = request.command.arguments["name"], request.command.get("hours")
        if text is None:
            return schedule_answer(await self._hours.of(request.member, name))
        wanted = "" if text.strip().lower() in _OFF else text
        return schedule_answer(await self._hours.schedule(request.member, name, wanted))

    async def idle(self, request: CommandRequest) -> Message:
        """Set a server's idle time, return to the default, or show it."""
        name, text = request.command.arguments["name"], request.command.get("time")
        if text is None:
            return idle_answer(await self._hours.of(request.member, name))
        time = None if text.lower() in _DEFAULT else parse_duration(text)
        return idle_answer(await self._hours.idle_after(request.member, name, time))

    COMMANDS = (
        Command(
            "schedule",
            "<name> [hours|off]",
            N_(
                "The hours in which a server runs, by your clock. It starts and stops then, but "
                "never stops while work runs on it."
            ),
            schedule,
            required=("name",),
            rest="hours",
            example="schedule sales weekdays 9-18",
        ),
        Command(
            "idle",
            "<name> [time|default]",
            N_("The time without use after which a server stops, within your admin's limits."),
            idle,
            required=("name",),
            optional=("time",),
            example="idle sales 2h",
        ),
    )


def schedule_answer(hours: Hours) -> Message:
    """Return a server's hours, and when they begin or end next."""
    name = code(hours.server.name)
    if not hours.schedule or hours.next_change is None:
        return plain(_("{name} has no schedule: it starts only when you start it.", name=name))
    return plain(
        _(
            "{name} runs {hours} by your clock. It starts and stops then, next {moment}. It does "
            "not stop while work still runs, and it stops earlier when it is idle.",
            name=name,
            hours=code(hours.schedule),
            moment=date(hours.next_change),
        )
    )


def idle_answer(hours: Hours) -> Message:
    """Return the idle time after which a server stops."""
    name = code(hours.server.name)
    if hours.idle_after is None:
        return plain(_("{name} stops after the default time without use.", name=name))
    values = {"name": name, "time": code(as_typed(hours.idle_after))}
    if hours.shortened:
        text = _("{name} stops after {time} without use (your admin's limit).", **values)
    else:
        text = _("{name} stops after {time} without use.", **values)
    return plain(text)
