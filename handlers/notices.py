"""What owners and admins read of the scheduled cleanup. Pure."""

from collections import Counter
from datetime import datetime, timedelta

from handlers.action_ids import (
    DELETE,
    EXTEND_1H,
    EXTEND_4H,
    KEEP_MONTH,
    ORPHAN_ADOPT,
    ORPHAN_DELETE,
    START,
    STOP,
    UNTIL_FINISHED,
    UNTIL_MORNING,
)
from handlers.mrkdwn import (
    Block,
    Message,
    actions,
    button,
    code,
    confirmed,
    context,
    date,
    escape,
    header,
    section,
)
from provisioning.idle_history import Evidence, History, Notice, NoticeKind
from provisioning.keeping import Kept
from provisioning.model import Server, Status
from provisioning.reconcile import Orphan
from provisioning.watch import Watch

_HOURS_A_DAY = 24
_MONTH = timedelta(days=30)

_WHY_STOPPED = {
    "idle": "nothing ran on it and nobody used it",
    "finished": "its work has ended, as you asked",
    "stuck": "what ran on it made no progress for hours, and nobody answered",
    "lifetime": "it had run for as long as your admin allows",
    "schedule": "the hours of its schedule are over",
}


def warning_card(server: Server, watch: Watch) -> Message:
    """What will happen, when, why, and the buttons against it."""
    history, notice = watch.history, watch.history.notice
    if notice is None:
        return outcome_card(server, watch)
    verb = "deleted" if notice.kind is NoticeKind.RETENTION else "stopped"
    text = f"{escape(server.name)} will be {verb} {date(notice.deadline)}. {_why(history, notice)}"
    files = "" if verb == "deleted" else " Its files stay; you can start it again at any time."
    return Message(
        text,
        [
            header(f"{server.name} will be {verb}"),
            section(f"It will be {verb} *{date(notice.deadline)}*.{files}"),
            section(_why(history, notice)),
            *_small(_seen(history.evidence)),
            _buttons(server, notice),
        ],
    )


def outcome_card(server: Server, watch: Watch) -> Message:
    """What became of a warning: kept, in use again, or stopped."""
    name, history = escape(server.name), watch.history
    if server.status is not Status.RUNNING and history.stopped_at is None:
        return _plain(f":white_circle: {name} is {server.status.value}.")
    if history.finish_by is not None:
        text = (
            f":white_check_mark: {name} stays on until its work ends, "
            f"{date(history.finish_by)} at the latest, and is stopped then."
        )
        return Message(text, [section(text), _keep_buttons(server)])
    if history.keep_until is not None:
        word = "stays on" if history.stopped_at is None else "is stopped, and kept"
        text = f":white_check_mark: {name} {word} until {date(history.keep_until)}."
        keep = _keep_buttons(server) if history.stopped_at is None else None
        return Message(text, [section(text), *([keep] if keep else [])])
    if history.stopped_at is not None:
        return _plain(f":white_circle: {name} was stopped.")
    return _plain(f":white_check_mark: {name} is in use again, so it is not stopped.")


def end_card(server: Server, watch: Watch) -> Message:
    """After a stop: why, what it saves, and how to go on."""
    why = _WHY_STOPPED.get(watch.ended_by, watch.ended_by)
    text = f"{escape(server.name)} was stopped: {why}. Its files are kept."
    saves = ""
    if server.price_per_hour is not None:
        a_day = server.price_per_hour * _HOURS_A_DAY
        saves = (
            f"That saves ${server.price_per_hour.normalize():f} an hour, ${a_day:.2f} a day; "
            "the disk and the address go on costing a little. "
        )
    return Message(
        text,
        [
            header(f"{server.name} was stopped"),
            section(f"It was stopped because {why}. Its files and notebooks are kept."),
            *_small(_seen(watch.history.evidence)),
            context(f"{saves}Starting it takes a minute or two."),
            actions(button("Start", START, server.id, style="primary")),
        ],
    )


def unseen_message(server: Server, since: datetime, why: str) -> Message:
    """For admins: a server that nobody can see goes on running."""
    text = (
        f"I can't see what {code(server.name)} of <@{server.owner}> does since {date(since)}, so "
        f"it goes on running and costing. The reason: {escape(why)}"
    )
    return _plain(text)


def orphan_message(orphan: Orphan) -> Message:
    """For admins: parts in the cloud that nobody has a row of, and what can be done."""
    kinds = Counter(each.type.rpartition("/")[2] for each in orphan.resources)
    parts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    owner = f" of <@{orphan.owner}>" if orphan.owner else ""
    text = (
        f":mag: There is something in Azure{owner} that I have no record of: {code(parts)} with "
        f"the tag {code(orphan.server_id)}. It costs money. Adopt it, so that its owner can go "
        "on with it, or delete it."
    )
    return Message(
        text,
        [
            section(text),
            actions(
                button("Adopt", ORPHAN_ADOPT, orphan.server_id),
                confirmed(
                    button("Delete", ORPHAN_DELETE, orphan.server_id, style="danger"),
                    "Delete it?",
                    "Everything with this tag is removed from Azure, disks and notebooks included.",
                    "Delete it",
                    "Leave it",
                ),
            ),
        ],
    )


def vanished_message(server: Server) -> Message:
    """For an owner whose machine somebody removed in the cloud."""
    return _plain(
        f":warning: {code(server.name)} is no longer there: somebody removed its machine in "
        "Azure. I remove what is left of it. Ask your admin whether its disk can be restored; a "
        "new server is made with `create`."
    )


def adopted_answer(server: Server) -> Message:
    """To the admin who adopted an orphan."""
    return _plain(
        f"{code(server.name)} of <@{server.owner}> is known again, as {server.status.value}. Its "
        f"owner can go on with it; {code(f'password {server.name}')} gives a new password."
    )


def kept_answer(kept: Kept) -> Message:
    """To whoever asked to keep a server."""
    name = code(kept.server.name)
    if kept.when_finished:
        return _plain(
            f"{name} stays on until its work ends, {date(kept.until)} at the latest. Then it is "
            "stopped; its files stay."
        )
    less = " That is as long as your admin allows." if kept.shortened else ""
    word = "is stopped, and kept" if kept.server.status is Status.STOPPED else "stays on"
    return _plain(f"{name} {word} until {date(kept.until)}.{less}")


def _why(history: History, notice: Notice) -> str:
    match notice.kind:
        case NoticeKind.IDLE:
            since = f" since {date(history.idle_since)}" if history.idle_since else ""
            return f"Nothing has run on it and nobody has used it{since}."
        case NoticeKind.SCHEDULE:
            return "The hours of its schedule end; nothing runs on it."
        case NoticeKind.STUCK:
            since = f" since {date(history.quiet_since)}" if history.quiet_since else ""
            work = ", ".join(code(each) for each in history.evidence.work[:5])
            return (
                f"{work or 'Its work'} shows no progress{since}: no output and no CPU. Is it "
                "stuck? Without an answer it is stopped, and what runs on it ends."
            )
        case NoticeKind.LIFETIME:
            return (
                f"It runs since {date(history.started_at)}, which is as long as your admin "
                "allows. Save what you need; it can be started again at once."
            )
        case NoticeKind.RETENTION:
            since = f" since {date(history.stopped_at)}" if history.stopped_at else ""
            return (
                f"It is stopped{since}. Start it or keep it, or its disk and all notebooks on "
                "it are removed."
            )


def _seen(evidence: Evidence) -> str:
    """What the last look saw, in one line."""
    parts = [f"CPU {evidence.cpu * 100:.1f} %"]
    if evidence.last_used_at is not None:
        by = f" ({escape(evidence.last_used_by)})" if evidence.last_used_by else ""
        parts.insert(0, f"last sign of use {date(evidence.last_used_at)}{by}")
    else:
        parts.insert(0, "no sign of use so far")
    if evidence.work:
        parts.append(f"running: {', '.join(code(each) for each in evidence.work[:5])}")
    if evidence.people:
        tabs = "tab is" if evidence.people == 1 else "tabs are"
        parts.append(f"{evidence.people} browser {tabs} open")
    return " · ".join(parts)


def _small(text: str) -> list[Block]:
    return [context(text)] if text else []


def _buttons(server: Server, notice: Notice) -> Block:
    match notice.kind:
        case NoticeKind.RETENTION:
            return actions(
                button("Start", START, server.id, style="primary"),
                button(f"Keep {_MONTH.days} more days", KEEP_MONTH, server.id),
                confirmed(
                    button("Delete now", DELETE, server.id, style="danger"),
                    f"Delete {server.name}?",
                    "The server, its disk and all notebooks on it are removed.",
                    "Delete it",
                    "Keep it",
                ),
            )
        case NoticeKind.LIFETIME:
            return actions(_stop_button(server))
        case _:
            return _keep_buttons(server)


def _keep_buttons(server: Server) -> Block:
    return actions(
        button("+1 h", EXTEND_1H, server.id),
        button("+4 h", EXTEND_4H, server.id),
        button("Until it finishes", UNTIL_FINISHED, server.id),
        button("Until tomorrow 9:00", UNTIL_MORNING, server.id),
        _stop_button(server),
    )


def _stop_button(server: Server) -> Block:
    return button("Stop now", STOP, server.id, style="danger")


def _plain(text: str) -> Message:
    return Message(text, [section(text)])
