"""The card of a server: one message in its owner's DM, from the first step to the end. Pure."""

from datetime import datetime

from handlers.kit.action_ids import AGAIN_BUTTON, CERTIFICATE_BUTTON, OTHER_SIZE_BUTTON
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    cut,
    date,
    duration_range,
    escape,
    header,
    section,
)
from handlers.servers.buttons import again_buttons, buttons, elsewhere
from handlers.servers.card_notes import (
    facts_line,
    failure_notes,
    outage_card,
    reference_line,
    remains_text,
    repository_note,
    rules_notes,
    with_failure,
)
from provisioning.core.errors import REFUSALS_OF_A_SIZE
from provisioning.core.language import N_, Text, _, restored, said
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Failure, Server, Status
from provisioning.platforms.catalogue import get_platform


def ready_card(server: Server, password: str, rules: IdlePolicy | None = None) -> Message:
    """Return the card with the address and the one-time password, each alone in a code span.

    `rules` are the idle rules by which the server stops.
    """
    return Message(
        _(
            "Your notebook server {name} is ready.\nAddress: {url}\nOne-time password: {password}",
            name=escape(server.name),
            url=code(server.url),
            password=code(password),
        ),
        [
            header(_("{name} is ready", name=server.name)),
            section(
                _(
                    "*One-time password*\n{password}\n\n*Address* · {link}\n{url}",
                    password=code(password),
                    url=code(server.url),
                    link=f"<{server.url}|{_('open it')}>",
                )
            ),
            section(
                _(
                    "Open it, paste the password, and choose your own. {how}",
                    how=works_once(server.password.expires_at if server.password else None),
                )
            ),
            *buttons(server),
            *_browser_warns(server),
            *repository_note(server),
            context(facts_line(server)),
            *rules_notes(rules),
        ],
    )


def _browser_warns(server: Server) -> list[Block]:
    """Return a small button where the browser will warn; it shows the fingerprint."""
    if server.tls != "self-signed":
        return []
    return [actions(button(_("Why does my browser warn?"), CERTIFICATE_BUTTON, server.id))]


def works_once(until: datetime | None) -> str:
    """Return a sentence that says until when a one-time password works."""
    if until is None:
        return _("It works once.")
    return _("It works once, until {time}.", time=date(until))


def state_card(server: Server) -> Message:
    """Return the card for the row's status: what it means, and what can be done."""
    match server.status:
        case Status.FAILED:
            return failed_card(server)
        case Status.DELETED:
            return deleted_card(server)
        case Status.RUNNING:
            outage, how = server.outage, _how_to_sign_in(server)
            return _running_card(server, how) if outage is None else outage_card(server, outage)
        case Status.STOPPED:
            return _stopped_card(server)
        case Status.MISSING:
            return _missing_card(server)
        case _:
            return _under_way_card(server)


def _stopped_card(server: Server) -> Message:
    if server.stopped_at:
        what = _(
            "It has been stopped since {time}. Its files are kept, and only its disk and address "
            "cost money. Start it to continue where you left off.",
            time=date(server.stopped_at),
        )
    else:
        what = _(
            "It is stopped. Its files are kept, and only its disk and address cost money. Start "
            "it to continue where you left off."
        )
    if server.password is None and server.ready_at is not None:
        what += " " + _(
            "Its one-time password was never used. You get a fresh one at the next start."
        )
    text = _("{name} is stopped. Its notebooks are kept.", name=escape(server.name))
    return Message(
        with_failure(text, server),
        [
            header(_("{name} is stopped", name=server.name)),
            *failure_notes(server),
            section(what),
            context(facts_line(server)),
            *buttons(server),
        ],
    )


def _missing_card(server: Server) -> Message:
    what = _(
        "Azure no longer shows the machine of {name}. I have deleted nothing. If Azure shows the "
        "machine again, this card shows it too.",
        name=escape(server.name),
    )
    if server.absence and server.absence.has_disk:
        what += " " + _("Its disk with your files is still there.")
    return Message(
        with_failure(what, server),
        [
            header(_("{name} is missing", name=server.name)),
            *failure_notes(server),
            section(f":grey_question: {what}"),
            context(facts_line(server)),
            *buttons(server),
        ],
    )


def _how_to_sign_in(server: Server) -> str:
    """Return how to sign in when the card shows no one-time password."""
    used_at = server.password.used_at if server.password else None
    if used_at is None:
        return _(
            "Sign in with your own password. If you have chosen none yet, `New password` sends you "
            "a one-time password."
        )
    return _(
        "Its one-time password was used {time}. Sign in with your own password. If you did not "
        "use it, or have no password of your own, ask for a new one-time password: all sessions "
        "end then.",
        time=date(used_at),
    )


_UNDER_WAY = {
    Status.CREATING: N_("Creating {name} …"),
    Status.STOPPING: N_("Stopping {name} …"),
    Status.STARTING: N_("Starting {name} …"),
    Status.RESTARTING: N_("Restarting {name} …"),
    Status.RESIZING: N_("Resizing {name} …"),
    Status.DELETING: N_("Deleting {name} …"),
    Status.RESTORING: N_("Restoring {name} …"),
}


def _under_way_card(server: Server) -> Message:
    platform = get_platform(server.platform)
    usual = {
        Status.STOPPING: platform.stop_seconds,
        Status.STARTING: platform.start_seconds,
        Status.RESTARTING: platform.start_seconds,
    }.get(server.status)
    usually = " · " + _("usually {time}", time=duration_range(*usual)) if usual else ""
    text = said(_UNDER_WAY[server.status], name=escape(server.name))
    blocks = [section(f":hourglass_flowing_sand: {text}{usually}"), context(facts_line(server))]
    detail = restored(server.stage_detail)
    # A plain word is a step of the set-up program, which the card of a creation shows.
    if server.status is Status.RESTORING and isinstance(detail, Text):
        blocks.append(context(escape(said(detail))))
    return Message(text, blocks)


def moved_card(server: Server) -> Message:
    """Return what a card becomes when a newer card is posted and Slack lets no bot delete."""
    text = _("{name}: a newer message below shows its state.", name=escape(server.name))
    return Message(text, [section(text), context(facts_line(server))])


def _running_card(server: Server, how: str) -> Message:
    name = escape(server.name)
    text = _("Your notebook server {name} is running. {how}", name=name, how=how)
    if server.failure is not None:
        text = with_failure(_("{name} is running.", name=name), server)
    return Message(
        text,
        [
            header(_("{name} is running", name=server.name)),
            *failure_notes(server),
            section(_("*Address*\n{url}\n\n{how}", url=code(server.url), how=how)),
            context(facts_line(server)),
            *buttons(server),
        ],
    )


def failed_card(server: Server) -> Message:
    """Return the card of a creation that failed: the reason, what it means and what to do next."""
    why = server.failure or Failure("")
    by_size = why.code in REFUSALS_OF_A_SIZE
    failure = escape(said(why.text))
    again = button(_("Try again"), AGAIN_BUTTON, server.id)
    other = button(_("Choose another size"), OTHER_SIZE_BUTTON, server.id)
    text = _("{name} could not be created. {why}", name=escape(server.name), why=cut(failure))
    if server.remains is not None and server.remains.reason:
        text = f"{text} {remains_text(server)}"
    return Message(
        text,
        [
            header(_("{name} could not be created", name=server.name)),
            section(f":x: {failure}"),
            section(remains_text(server) or _everything_deleted()),
            context(facts_line(server)),
            context(reference_line(server)),
            actions(again, *([other] if by_size else [])),
            *again_buttons(server),
            *elsewhere(server),
        ],
    )


def _everything_deleted() -> str:
    return _("Everything that had been created for it is deleted, so it costs nothing.")


def deleted_card(server: Server) -> Message:
    """Return the card of a deleted server, with or without its snapshot."""
    when = f" {date(server.ended_at)}" if server.ended_at else ""
    name = escape(server.name)
    if server.snapshot is None:
        text = _("{name} was deleted, with everything on it.", name=name)
        if server.remains is not None:
            text = _("{name} was deleted, but something of it is still in Azure.", name=name)
        what = [section(f":wastebasket: {text}{when}"), *failure_notes(server)]
        return Message(with_failure(text, server), [*what, context(facts_line(server))])
    text = _(
        "{name} was deleted. A snapshot of its disk is kept, so you can restore it.", name=name
    )
    kept = _(
        "{name} was deleted. A snapshot of its disk is kept until {time}. Until then you can "
        "restore the server as it was, with its files and your password. Nothing else is left of "
        "it, and nothing else costs money.",
        name=name,
        time=date(server.snapshot.until),
    )
    if server.remains is not None:
        kept = _(
            "{name} was deleted. A snapshot of its disk is kept until {time}. Until then you can "
            "restore the server as it was, with its files and your password.",
            name=name,
            time=date(server.snapshot.until),
        )
    if server.failure is not None:
        text = _("{name} was not restored. Its snapshot is still kept.", name=name)
    return Message(
        with_failure(text, server),
        [
            *failure_notes(server),
            section(f":wastebasket: {kept}"),
            context(facts_line(server)),
            *buttons(server),
        ],
    )
