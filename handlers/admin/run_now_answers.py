"""The answers about a sweep, a reconciliation and orphans. Pure."""

from collections.abc import Sequence

from handlers.admin.notices import orphan_message
from handlers.commands.registry import command_name
from handlers.kit.blocks import (
    Block,
    Message,
    code,
    codes,
    context,
    cut,
    escape,
    header,
    plain,
    section,
)
from provisioning.admin.idle_updates import RoundBegun
from provisioning.admin.orphans import Orphan
from provisioning.admin.run_now import Upkept
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.server import Server
from provisioning.idle.sweep import SweepOutcome

_MOST_LISTED = 20
"""Most orphans in one answer: two blocks each, and Slack accepts 50 blocks a message."""

_OUTCOMES = {
    SweepOutcome.WARNED: N_("Warned the owners of {names}"),
    SweepOutcome.STARTED: N_("Starting {names}"),
    SweepOutcome.STOPPED: N_("Stopping {names}"),
    SweepOutcome.DELETED: N_("Deleting {names}"),
    SweepOutcome.UNSEEN: N_("Could not check the use of {names} for a long time"),
}
_DRIFT = {
    "not shown": N_("{name}: Azure does not show its machine; nothing changed, I look again"),
    "missing": N_("{name}: Azure has not shown its machine for long; it is missing now"),
    "back": N_("{name}: Azure shows its machine again"),
    "started in the cloud": N_("{name}: it was started in Azure; making it ready"),
    "shut down from within": N_(
        "{name}: it was shut down from within, which still costs money; stopping it"
    ),
    "stopped in the cloud": N_("{name}: it was stopped in Azure; recorded"),
}


def swept_answer(upkept: Upkept) -> Message:
    """Return what the sweep and the reconciliation did, even if there was nothing to do."""
    swept, reconciled = upkept.swept, upkept.reconciled
    checked = ngettext("Checked {n} server.", "Checked {n} servers.", swept.probed)
    outcomes = [
        said(_OUTCOMES[outcome], names=codes(sorted(names)))
        for outcome, names in swept.outcomes.items()
    ]
    if upkept.refusal:
        refused = _(
            "Azure refuses my work, so nothing was compared with it. {reason}",
            reason=escape(said(upkept.refusal)),
        )
        compared = [refused]
    elif reconciled is None:
        compared = [_("Azure did not answer, so nothing was compared with it. Try again.")]
    else:
        compared = [said(_DRIFT[outcome], name=code(name)) for name, outcome in reconciled.drift]
        compared = compared or [_("Azure agrees with my records of the servers.")]
        orphans = len(reconciled.orphans)
        if orphans:
            words = {"command": code(f"{command_name()} admin orphans")}
            compared.append(
                ngettext(
                    "{n} server in Azure has no record: {command}",
                    "{n} servers in Azure have no record: {command}",
                    orphans,
                    **words,
                )
            )
    found = outcomes or [_("No owner had to be warned, and no server had to be stopped.")]
    text = "\n".join([checked, *found, *compared])
    blocks: list[Block] = [
        header(_("Sweep")),
        section("\n".join([checked, *found])),
        section("\n".join(compared)),
    ]
    return Message(cut(text), blocks)


def orphans_answer(orphans: Sequence[Orphan]) -> Message:
    """Return the orphans, each with its buttons."""
    if not orphans:
        return plain(_("Everything of this installation in Azure has a record."))
    title = ngettext(
        "{n} server in Azure without a record",
        "{n} servers in Azure without a record",
        len(orphans),
    )
    blocks: list[Block] = [header(title)]
    for orphan in orphans[:_MOST_LISTED]:
        blocks += orphan_message(orphan).blocks
    more = len(orphans) - _MOST_LISTED
    if more > 0:
        blocks.append(context(_("… and {count} more", count=more)))
    blocks.append(
        context(_("Azure's lists lag by some minutes: they may still show what was just deleted."))
    )
    return Message(title, blocks)


def all_adopted_answer(adopted: Sequence[Server], left: Sequence[str]) -> Message:
    """Return which orphans have been adopted, and which are only parts without a VM."""
    if not adopted and not left:
        return plain(_("Everything in Azure has a record already."))
    lines = [
        _("Adopted {name} of <@{owner}>.", name=code(each.name), owner=each.owner)
        for each in adopted
    ]
    if left:
        tags = codes(left)
        lines.append(
            _(
                "Only parts are left of {tags}, without a VM: {command} shows a button to delete "
                "them.",
                tags=tags,
                command=code(f"{command_name()} admin orphans"),
            )
        )
    return plain("\n".join(lines))


def round_answer(begun: RoundBegun) -> Message:
    """Return which servers a round of updates updates now, and which follow at their start."""
    lines: list[str] = []
    if begun.updating:
        lines.append(
            _(
                "I'm updating {names}, a few at a time. You get a report by DM when that has "
                "ended.",
                names=codes(begun.updating),
            )
        )
    if begun.used:
        lines.append(
            _(
                "In use or used a few minutes ago, so updated at their next start: {names}.",
                names=codes(begun.used),
            )
        )
    if begun.unknown:
        lines.append(
            _(
                "I could not find out whether these are in use, so they are updated at their next "
                "start: {names}.",
                names=codes(begun.unknown),
            )
        )
    if begun.current:
        lines.append(
            ngettext(
                "{n} running server is up to date.",
                "{n} running servers are up to date.",
                begun.current,
            )
        )
    if not lines:
        lines = [_("No server runs, so there is nothing to update.")]
    return Message(cut(" ".join(lines)), [section(cut(line)) for line in lines])
