"""`admin limits`: the words after it, and what is answered. Pure, but for the use case's call."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from handlers.asked import Asked
from handlers.context import Context
from handlers.mentions import parse_mention
from handlers.mrkdwn import Block, Message, code, context, cut, escape, header, section
from provisioning.errors import UserError
from provisioning.limiting import LimitsOverview
from provisioning.limits import Limits, OwnLimits, Usage
from provisioning.names import shortened

DEFAULT = "default"
EXAMPLE = "admin limits @bob servers=5 cores=16 cost=200"
MOST_PEOPLE = 40
_MOST = 1_000_000


class LimitCommands:
    """The subcommand."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, asked: Asked) -> Message:
        """Show all limits, or change a member's own."""
        words, limiting = asked.command, self._context.limiting
        person = words.get("person")
        if person is None:
            return limits_answer(await limiting.overview(asked.member))
        mention = parse_mention(person)
        member = await self._context.people.find(mention, also_outsiders=True)
        changes = (words.get("changes") or "").split()
        if not changes:
            overview = await limiting.overview(asked.member)
        elif [each.lower() for each in changes] == [DEFAULT]:
            overview = await limiting.remove_own(asked.member, member)
        else:
            overview = await limiting.set_own(asked.member, member, parse_limits(changes))
        return member_answer(overview, member.id)


def parse_limits(words: list[str]) -> OwnLimits:
    """`servers=5 cores=16 cost=200 sizes=A,B regions=a,b`; 0 and `any` are no limit.

    Raises:
        UserError: for any other word.
    """
    found: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        read = _READERS.get(name.lower())
        if read is None or not equals:
            known = ", ".join(f"`{each}=`" for each in _READERS)
            raise UserError(
                f"`{shortened(word)}` is no limit. There are {known} and `{DEFAULT}`; for example "
                f"`{EXAMPLE}`."
            )
        found[name.lower()] = read(name.lower(), value)
    return OwnLimits(**found)  # type: ignore[arg-type]  # each reader gives its field's type


def _number(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) > _MOST:
        raise UserError(f"`{name}=` takes a whole number, and 0 for no limit: `{name}=5`.")
    return int(value)


def _money(name: str, value: str) -> Decimal:
    try:
        amount = Decimal(value.lstrip("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise UserError(f"`{name}=` takes US dollars a month, and 0 for no limit: `{name}=200`.")
    return amount


def _words(name: str, value: str) -> tuple[str, ...]:
    names = tuple(each for each in value.split(",") if each)
    if not names:
        raise UserError(f"`{name}=` takes names with commas between them, or `any`.")
    return () if names == ("any",) else names


_READERS: dict[str, Callable[[str, str], object]] = {
    "servers": _number,
    "cores": _number,
    "cost": _money,
    "sizes": _words,
    "regions": _words,
}


def limits_answer(overview: LimitsOverview) -> Message:
    """What holds for all, for whom something else, and what is used."""
    hours = overview.lifetime.total_seconds() / 3600
    lifetime = f"{hours:g} hours without a stop" if hours else "no limit"
    text = f"A member may have {_limits(overview.member)}."
    blocks: list[Block] = [
        header("Limits"),
        section(
            f"*A member, without asking*\n{_limits(overview.member)}\n"
            f"*All together*\n{_limits(overview.maximum)}; in use: {_usage(overview.total)}\n"
            f"*How long a server may run*\n{lifetime}"
        ),
    ]
    people = sorted({*overview.own, *overview.used}, key=lambda each: _rank(overview, each))
    lines = [_person(overview, each) for each in people[:MOST_PEOPLE]]
    if lines:
        blocks.append(section(cut("\n".join(lines))))
    if len(people) > MOST_PEOPLE:
        blocks.append(context(f"… and {len(people) - MOST_PEOPLE} people who use less."))
    blocks.append(
        context(
            "A server counts until it is deleted, also while it is stopped; a month is 30 days of "
            f"8 hours. {code(EXAMPLE)} sets a member's own limits, "
            f"{code('admin limits @bob default')} removes them."
        )
    )
    return Message(text, blocks)


def member_answer(overview: LimitsOverview, member: str) -> Message:
    """One member's limits and what they use."""
    own = " (their own)" if member in overview.own else ""
    text = (
        f"<@{member}> may have {_limits(overview.of(member))}{own}, and has "
        f"{_usage(overview.used.get(member, Usage()))}."
    )
    return Message(text, [section(text)])


def _rank(overview: LimitsOverview, member: str) -> tuple[bool, Decimal, str]:
    return member not in overview.own, -overview.used.get(member, Usage()).cost, member


def _person(overview: LimitsOverview, member: str) -> str:
    own = f" of {_limits(overview.of(member))}" if member in overview.own else ""
    return f"<@{member}>: {_usage(overview.used.get(member, Usage()))}{own}"


def _limits(limits: Limits) -> str:
    parts = []
    if limits.servers:
        parts.append(f"{limits.servers} servers")
    if limits.cores:
        parts.append(f"{limits.cores} cores")
    if limits.cost:
        parts.append(f"${limits.cost:.0f} a month")
    for names in (limits.sizes, limits.regions):
        if names:
            parts.append(f"only {escape(', '.join(names))}")
    return ", ".join(parts) or "as much as Azure gives"


def _usage(usage: Usage) -> str:
    servers = f"{usage.servers} server{'' if usage.servers == 1 else 's'}"
    unpriced = f" and {usage.unpriced} without a known price" if usage.unpriced else ""
    return f"{servers}, {usage.cores} cores, ${usage.cost:.0f} a month{unpriced}"
