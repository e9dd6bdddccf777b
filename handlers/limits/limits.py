"""The command `admin limits`: its arguments and its answers."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import (
    Block,
    Message,
    code,
    context,
    cut,
    escape,
    header,
    long_duration,
    money,
    plain,
    section,
)
from handlers.kit.mentions import parse_mention
from handlers.kit.times import parse_duration
from handlers.kit.toolkit import Toolkit
from provisioning.admin.limits import Limiting, LimitsOverview
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, ngettext
from provisioning.core.model.limits import Limits, Load, OwnLimits
from provisioning.core.model.names import shortened

DEFAULT = "default"
EXAMPLE = "admin limits @bob servers=5 cores=16 cost=200 lifetime=2d"
MOST_MEMBERS = 40
_MOST = 1_000_000


class LimitCommands(Handlers):
    """The command `admin limits`."""

    def __init__(self, limiting: Limiting, kit: Toolkit) -> None:
        self._limiting = limiting
        self._kit = kit

    async def limits(self, request: CommandRequest) -> Message:
        """Show all limits, or change a member's own."""
        words, limiting = request.command, self._limiting
        person = words.get("person")
        if person is None:
            return limits_answer(await limiting.overview(request.member))
        mention = parse_mention(person)
        member = await self._kit.people.find(mention, also_outsiders=True)
        changes = (words.get("changes") or "").split()
        if not changes:
            overview = await limiting.overview(request.member)
        elif [each.lower() for each in changes] == [DEFAULT]:
            overview = await limiting.remove_own(request.member, member)
        else:
            overview = await limiting.set_own(request.member, member, parse_limits(changes))
        return member_answer(overview, member.id)

    COMMANDS = (
        Command(
            "admin limits",
            "[@person] [servers=N] [cores=N] [cost=N] [sizes=A,B] [regions=A,B] [lifetime=TIME] "
            "[default]",
            N_(
                "Show how much members may have without approval, and what is in use. With a "
                "member: show theirs; with limits after it: set them; `default` removes them. 0 "
                "and `any` mean no limit."
            ),
            limits,
            optional=("person",),
            rest="changes",
            admin_only=True,
            example=EXAMPLE,
        ),
    )


def parse_limits(words: list[str]) -> OwnLimits:
    """Read words like `servers=5 cores=16 cost=200 sizes=A,B lifetime=2d`; 0 and `any`: no limit.

    Raises:
        UserError: for any other word.
    """
    found: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        read = _READERS.get(name.lower())
        if read is None or not equals:
            raise UserError(
                _(
                    "`{word}` is not a limit. Use {known} or `{default}`, for example `{example}`.",
                    word=shortened(word),
                    known=", ".join(f"`{each}=`" for each in _READERS),
                    default=DEFAULT,
                    example=EXAMPLE,
                )
            )
        found[name.lower()] = read(name.lower(), value)
    return OwnLimits(**found)  # type: ignore[arg-type]  # each reader gives its field's type


def _number(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) > _MOST:
        raise UserError(
            _(
                "`{name}=` takes a whole number, or 0 for no limit, for example `{name}=5`.",
                name=name,
            )
        )
    return int(value)


def _money(name: str, value: str) -> Decimal:
    try:
        amount = Decimal(value.lstrip("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise UserError(
            _(
                "`{name}=` takes US dollars a month, or 0 for no limit, for example `{name}=200`.",
                name=name,
            )
        )
    return amount


def _words(name: str, value: str) -> tuple[str, ...]:
    names = tuple(each for each in value.split(",") if each)
    if not names:
        raise UserError(
            _("`{name}=` takes names with commas between them, or `any` for no limit.", name=name)
        )
    return () if names == ("any",) else names


def _time(name: str, value: str) -> timedelta:
    if value in ("0", "any"):
        return timedelta(0)
    try:
        return parse_duration(value)
    except UserError:
        raise UserError(
            _(
                "`{name}=` takes a time, or 0 for no limit, for example `{name}=12h` or "
                "`{name}=2d`.",
                name=name,
            )
        ) from None


_READERS: dict[str, Callable[[str, str], object]] = {
    "servers": _number,
    "cores": _number,
    "cost": _money,
    "sizes": _words,
    "regions": _words,
    "lifetime": _time,
}


def limits_answer(overview: LimitsOverview) -> Message:
    """Return the limits of all members, those with limits of their own, and each member's load."""
    member, total = _limits(overview.member), _limits(overview.maximum)
    blocks: list[Block] = [
        header(_("Limits")),
        section(_("*Each member, without approval*\n{limits}", limits=member)),
        section(
            _(
                "*All members together*\n{limits}; in use: {usage}",
                limits=total,
                usage=_load(overview.total),
            )
        ),
    ]
    people = sorted({*overview.own, *overview.used}, key=lambda each: _rank(overview, each))
    lines = [_person(overview, each) for each in people[:MOST_MEMBERS]]
    if lines:
        blocks.append(section(cut("\n".join(lines))))
    if len(people) > MOST_MEMBERS:
        more = len(people) - MOST_MEMBERS
        blocks.append(
            context(
                ngettext("… and {n} member who uses less.", "… and {n} members who use less.", more)
            )
        )
    blocks.append(
        context(
            _(
                "A server counts until it is deleted, even while it is stopped. A month is 30 "
                "days of 8 hours. {example} sets a member's own limits, {default} removes them.",
                example=code(EXAMPLE),
                default=code(f"admin limits @bob {DEFAULT}"),
            )
        )
    )
    return Message(_("A member may have {limits}.", limits=member), blocks)


def member_answer(overview: LimitsOverview, member: str) -> Message:
    """Return one member's limits and load."""
    values = {
        "person": member,
        "limits": _limits(overview.of(member)),
        "usage": _load(overview.used.get(member, Load())),
    }
    if member in overview.own:
        return plain(_("<@{person}> may have {limits} (their own), and has {usage}.", **values))
    return plain(_("<@{person}> may have {limits}, and has {usage}.", **values))


def _rank(overview: LimitsOverview, member: str) -> tuple[bool, Decimal, str]:
    return member not in overview.own, -overview.used.get(member, Load()).cost, member


def _person(overview: LimitsOverview, member: str) -> str:
    usage = _load(overview.used.get(member, Load()))
    if member not in overview.own:
        return _("<@{person}>: {usage}", person=member, usage=usage)
    limits = _limits(overview.of(member))
    return _("<@{person}>: {usage} of {limits}", person=member, usage=usage, limits=limits)


def _limits(limits: Limits) -> str:
    parts = []
    if limits.servers:
        parts.append(_servers(limits.servers))
    if limits.cores:
        parts.append(_cores(limits.cores))
    if limits.cost:
        parts.append(_a_month(limits.cost))
    for names in (limits.sizes, limits.regions):
        if names:
            parts.append(_("only {names}", names=escape(", ".join(names))))
    if limits.lifetime:
        parts.append(_("each for {time} without a stop", time=long_duration(limits.lifetime)))
    return ", ".join(parts) or _("as much as Azure allows")


def _load(load: Load) -> str:
    parts = [_servers(load.servers), _cores(load.cores), _a_month(load.cost)]
    if load.unpriced:
        parts.append(
            ngettext(
                "{n} server without a known price",
                "{n} servers without a known price",
                load.unpriced,
            )
        )
    return ", ".join(parts)


def _servers(count: int) -> str:
    return ngettext("{n} server", "{n} servers", count)


def _cores(count: int) -> str:
    return ngettext("{n} core", "{n} cores", count)


def _a_month(cost: Decimal) -> str:
    return _("{cost} a month", cost=money(cost, "¤#,##0"))
