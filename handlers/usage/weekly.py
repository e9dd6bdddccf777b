"""The weekly report as a message. Pure."""

from babel.dates import format_skeleton

from handlers.commands.registry import command_name
from handlers.kit.blocks import Message, code, context
from handlers.usage.answers import usage_message
from provisioning.core.language import N_, Text, _, current_locale, said
from provisioning.usage.measure import Usage
from provisioning.usage.weekly import Week


def week_title(week: Week) -> Text:
    """Return the title of a week: its first and last day."""
    locale = current_locale()
    first, last = (format_skeleton("MMMd", day, locale=locale) for day in (week.first, week.last))
    return N_("Week of {first} - {last}", first=str(first), last=str(last))


def week_message(week: Week, usage: Usage) -> Message:
    """Return the report to an owner about their own servers."""
    message = usage_message(usage, said(week_title(week)))
    more = _(
        "Your week, by your clock. {command} shows more.", command=code(f"{command_name()} usage")
    )
    return Message(message.text, [*message.blocks, context(more)])


def week_of_everybody_message(week: Week, usage: Usage) -> Message:
    """Return the report to the admins about all servers, by owner."""
    title = _("All servers: {week}", week=said(week_title(week)))
    return usage_message(usage, title, by_owner=True)
