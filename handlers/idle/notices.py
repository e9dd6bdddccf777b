"""The messages of the scheduled cleanup to owners. Pure."""

from datetime import timedelta

from handlers.idle.evidence import probe_line, running_work
from handlers.kit.action_ids import (
    DELETE_BUTTON,
    EXTEND_1H_BUTTON,
    EXTEND_4H_BUTTON,
    KEEP_MONTH_BUTTON,
    REPAIR_BUTTON,
    START_BUTTON,
    STOP_BUTTON,
    UNTIL_FINISHED_BUTTON,
    UNTIL_MORNING_BUTTON,
)
from handlers.kit.blocks import (
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
    money,
    plain,
    price_per_hour,
    section,
)
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.server import Job, Server, Status, state_word
from provisioning.idle.history import History, Notice, NoticeKind
from provisioning.idle.keep import Kept
from provisioning.idle.watch import Watch

_HOURS_A_DAY = 24
_MONTH = timedelta(days=30)

_WHY_STOPPED = {
    "idle": N_("nothing ran on it and it was not in use"),
    "finished": N_("its work has ended, as you asked"),
    "stuck": N_("its work made no progress for hours, and my question was not answered"),
    "lifetime": N_("it had run for as long as your admin allows"),
    "schedule": N_("its scheduled hours are over"),
    "unattended": N_("its notebook server did not come up, and nothing was done about that"),
}


def warning_card(server: Server, watch: Watch) -> Message:
    """Return a warning: what will happen, when and why, with buttons that prevent it."""
    history, notice = watch.history, watch.history.notice
    if notice is None:
        return outcome_card(server, watch)
    words = {
        "name": escape(server.name),
        "time": date(notice.deadline),
        "why": _why(history, notice),
    }
    if notice.kind is NoticeKind.RETENTION:
        text = _("{name} will be deleted {time}. {why}", **words)
        title = _("{name} will be deleted", name=server.name)
        what = _("It will be deleted *{time}*.", time=words["time"])
    else:
        text = _("{name} will be stopped {time}. {why}", **words)
        title = _("{name} will be stopped", name=server.name)
        what = _(
            "It will be stopped *{time}*. Its files stay; you can start it again at any time.",
            time=words["time"],
        )
    return Message(
        text,
        [
            header(title),
            section(what),
            section(words["why"]),
            *_small(probe_line(history.evidence)),
            _buttons(server, notice),
        ],
    )


def outcome_card(server: Server, watch: Watch) -> Message:
    """Return the outcome of a warning: kept, in use again, or stopped."""
    name, history = escape(server.name), watch.history
    if server.status is not Status.RUNNING and history.stopped_at is None:
        state = state_word(server.status)
        return plain(_(":white_circle: {name} is {state}.", name=name, state=state))
    if history.finish_by is not None:
        text = _(
            ":white_check_mark: {name} stays on until its work ends, {time} at the latest, and "
            "then stops.",
            name=name,
            time=date(history.finish_by),
        )
        return Message(text, [section(text), _keep_buttons(server)])
    if history.keep_until is not None:
        words = {"name": name, "time": date(history.keep_until)}
        if history.stopped_at is not None:
            return plain(_(":white_check_mark: {name} is stopped, and kept until {time}.", **words))
        text = _(":white_check_mark: {name} stays on until {time}.", **words)
        return Message(text, [section(text), _keep_buttons(server)])
    return _unkept_card(server, history)


def _unkept_card(server: Server, history: History) -> Message:
    """Return the outcome for a server that is not kept: stopped, not stoppable, or in use again."""
    name = escape(server.name)
    if history.stopped_at is not None:
        return plain(_(":white_circle: {name} was stopped.", name=name))
    if server.failure is not None and server.failure.job == Job.STOP:
        text = _(
            ":warning: {name}: {why} I try again every hour.",
            name=name,
            why=escape(said(server.failure.text)),
        )
        return Message(text, [section(text), actions(_stop_button(server))])
    return plain(_(":white_check_mark: {name} is in use again, so it is not stopped.", name=name))


def end_card(server: Server, watch: Watch) -> Message:
    """Return the message after a stop: why, what the stop saves, and a button to start again."""
    why = said(_WHY_STOPPED.get(watch.ended_by, watch.ended_by))
    if server.price_per_hour is None:
        small = _("Starting it takes a minute or two.")
    else:
        small = _(
            "That saves {an_hour} an hour, {a_day} a day; the disk and the address still cost a "
            "little. Starting it takes a minute or two.",
            an_hour=price_per_hour(server.price_per_hour),
            a_day=money(server.price_per_hour * _HOURS_A_DAY),
        )
    return Message(
        _("{name} was stopped: {why}. Its files are kept.", name=escape(server.name), why=why),
        [
            header(_("{name} was stopped", name=server.name)),
            section(_("It was stopped because {why}. Its files and notebooks are kept.", why=why)),
            *_small(probe_line(watch.history.evidence)),
            context(small),
            actions(_way_back(server, watch)),
        ],
    )


def _way_back(server: Server, watch: Watch) -> Block:
    if watch.ended_by == "unattended":  # a repair starts it first
        return button(_("Repair"), REPAIR_BUTTON, server.id, style="primary")
    return button(_("Start"), START_BUTTON, server.id, style="primary")


def kept_answer(kept: Kept) -> Message:
    """Return the answer to a request to keep a server."""
    words = {"name": code(kept.server.name), "time": date(kept.until)}
    if kept.when_finished:
        text = _(
            "{name} stays on until its work ends, {time} at the latest. Then it stops; its files "
            "stay.",
            **words,
        )
    elif kept.server.status is Status.STOPPED:
        text = _("{name} is stopped, and kept until {time}.", **words)
    elif kept.shortened:
        text = _("{name} stays on until {time}. That is as long as your admin allows.", **words)
    else:
        text = _("{name} stays on until {time}.", **words)
    return plain(text)


def _why(history: History, notice: Notice) -> str:
    match notice.kind:
        case NoticeKind.IDLE:
            return _why_idle(history)
        case NoticeKind.SCHEDULE:
            return _("Its scheduled hours end, and nothing runs on it.")
        case NoticeKind.STUCK:
            return _why_stuck(history)
        case NoticeKind.LIFETIME:
            return _(
                "It has been running since {time}, which is as long as your admin allows. Save "
                "what you need; you can start it again at once.",
                time=date(history.started_at),
            )
        case NoticeKind.RETENTION:
            return _why_deleted(history)


def _why_idle(history: History) -> str:
    if history.idle_since is None:
        return _("Nothing has run on it and it has not been used.")
    since = date(history.idle_since)
    return _("Nothing has run on it and it has not been used since {time}.", time=since)


def _why_stuck(history: History) -> str:
    work = running_work(history.evidence) or _("Its work")
    if history.quiet_since is None:
        return _(
            "{work} shows no progress: no output and no CPU use. Is it stuck? If you don't "
            "answer, I stop the server and its work ends.",
            work=work,
        )
    return _(
        "{work} has shown no progress since {time}: no output and no CPU use. Is it stuck? If "
        "you don't answer, I stop the server and its work ends.",
        work=work,
        time=date(history.quiet_since),
    )


def _why_deleted(history: History) -> str:
    if history.stopped_at is None:
        return _(
            "It is stopped. Start it or keep it; otherwise its disk and all notebooks on it are "
            "removed."
        )
    return _(
        "It has been stopped since {time}. Start it or keep it; otherwise its disk and all "
        "notebooks on it are removed.",
        time=date(history.stopped_at),
    )


def _small(text: str) -> list[Block]:
    return [context(text)] if text else []


def _buttons(server: Server, notice: Notice) -> Block:
    match notice.kind:
        case NoticeKind.RETENTION:
            days = _MONTH.days
            keep = ngettext("Keep {n} more day", "Keep {n} more days", days)
            return actions(
                button(_("Start"), START_BUTTON, server.id, style="primary"),
                button(keep, KEEP_MONTH_BUTTON, server.id),
                confirmed(
                    button(_("Delete now"), DELETE_BUTTON, server.id, style="danger"),
                    _("Delete {name}?", name=server.name),
                    _("The server, its disk and all notebooks on it are removed."),
                    _("Delete it"),
                    _("Keep it"),
                ),
            )
        case NoticeKind.LIFETIME:
            return actions(_stop_button(server))
        case _other:
            return _keep_buttons(server)


def _keep_buttons(server: Server) -> Block:
    return actions(
        button(_("+1 h"), EXTEND_1H_BUTTON, server.id),
        button(_("+4 h"), EXTEND_4H_BUTTON, server.id),
        button(_("Until it finishes"), UNTIL_FINISHED_BUTTON, server.id),
        button(_("Until tomorrow 9:00"), UNTIL_MORNING_BUTTON, server.id),
        _stop_button(server),
    )


def _stop_button(server: Server) -> Block:
    return button(_("Stop now"), STOP_BUTTON, server.id, style="danger")
