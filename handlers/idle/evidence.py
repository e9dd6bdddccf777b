"""A server's last probe result in words. Pure."""

from handlers.kit.blocks import code, date, escape
from provisioning.core.language import _, ngettext, number, said
from provisioning.core.model.names import shortened
from provisioning.idle.history import Evidence

_MOST_WORK = 5
_LONGEST_WORK = 60


def probe_line(evidence: Evidence) -> str:
    """Return the last probe result in one line."""
    parts = [_last_use(evidence), _("CPU {percent} %", percent=number(evidence.cpu * 100, "0.0"))]
    if evidence.work:
        parts.append(_("running: {work}", work=running_work(evidence)))
    if evidence.people:
        parts.append(
            ngettext("{n} browser tab is open", "{n} browser tabs are open", evidence.people)
        )
    return " · ".join(parts)


def running_work(evidence: Evidence) -> str:
    """Return the names of the running work: a few, each shortened, for they may be long."""
    shown = [code(shortened(said(each), _LONGEST_WORK)) for each in evidence.work[:_MOST_WORK]]
    more = len(evidence.work) - _MOST_WORK
    return ", ".join([*shown, *([ngettext("{n} more", "{n} more", more)] if more > 0 else [])])


def _last_use(evidence: Evidence) -> str:
    if evidence.last_used_at is None:
        return _("not used so far")
    time = date(evidence.last_used_at)
    if not evidence.last_used_by:
        return _("last used {time}", time=time)
    by = escape(shortened(said(evidence.last_used_by), _LONGEST_WORK))
    return _("last used {time} ({by})", time=time, by=by)
