"""The one message a server in its owner's DM, from the first step to its end. Pure."""

from collections.abc import Mapping
from datetime import datetime

from handlers.action_ids import (
    AGAIN,
    DELETE,
    LOGS,
    OPEN,
    OTHER_SIZE,
    PASSWORD,
    RESTART,
    SHARE,
    START,
    STOP,
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
    duration,
    duration_range,
    escape,
    header,
    price,
    section,
)
from provisioning.errors import REFUSALS_OF_A_SIZE
from provisioning.model import Server, Stage, Status
from provisioning.platforms.catalogue import PLATFORMS, get_platform
from provisioning.repositories import folder_of

STAGE_TITLES = {
    Stage.CHECK: "Size and quota checked",
    Stage.NETWORK: "Network and address",
    Stage.MACHINE: "Virtual machine",
    Stage.CONNECT: "First connection",
    Stage.SET_UP: "Notebook installed",
    Stage.VERIFY: "Checked from outside, and a kernel runs code",
    Stage.HAND_OVER: "Hand-over to you",
}


def progress_card(
    server: Server,
    now: datetime,
    began: Mapping[Stage, datetime],
    usual_seconds: tuple[int, int],
) -> Message:
    """Steps done with their seconds, the running one, elapsed, and how long it usually takes.

    `began`: when each stage began, as far as that is known; `usual_seconds`: (p50, p90).
    """
    text = f"Making {code(server.name)}: {STAGE_TITLES[server.stage].lower()} …"
    elapsed = duration((now - server.created_at).total_seconds())
    usual = duration_range(*usual_seconds)
    return Message(
        text,
        [
            header(f"Making {server.name}"),
            section("\n".join(_stage_lines(server, began))),
            context(f"{_what(server)} · {elapsed} so far, usually {usual}"),
        ],
    )


def _stage_lines(server: Server, began: Mapping[Stage, datetime]) -> list[str]:
    stages = list(Stage)
    current = stages.index(server.stage)
    lines = []
    for number, stage in enumerate(stages):
        if number < current:
            took = _took(began.get(stage), began.get(stages[number + 1]))
            lines.append(f":white_check_mark: {STAGE_TITLES[stage]}{took}")
        elif number == current:
            lines.append(
                f":hourglass_flowing_sand: *{STAGE_TITLES[stage]}*"
                + (f" · {escape(server.stage_detail)}" if server.stage_detail else "")
                + _usually(server, stage)
            )
        else:
            lines.append(f":white_circle: {STAGE_TITLES[stage]}")
    return lines


def _took(since: datetime | None, until: datetime | None) -> str:
    if since is None or until is None:
        return ""
    return f" · {duration((until - since).total_seconds())}"


def _usually(server: Server, stage: Stage) -> str:
    platform = PLATFORMS.get(server.platform)
    if platform is None or stage.value not in platform.stage_seconds:
        return ""
    return f" · usually {duration_range(*platform.stage_seconds[stage.value])}"


def ready_card(server: Server, password: str) -> Message:
    """The hand-over: the address and the one-time password, each alone in a code span."""
    expires = server.password_expires_at
    until = f" It works once, until {date(expires)}." if expires else " It works once."
    text = (
        f"Your notebook server {escape(server.name)} is ready.\n"
        f"Address: {code(server.url)}\nOne-time password: {code(password)}"
    )
    return Message(
        text,
        [
            header(f"{server.name} is ready"),
            section(
                f"*Address*\n{code(server.url)}\n\n*One-time password*\n{code(password)}\n"
                f"{until.strip()} You choose your own when you sign in."
            ),
            section(certificate_note(server)),
            *_repository_note(server),
            context(_what(server)),
            *buttons(server),
        ],
    )


def _repository_note(server: Server) -> list[Block]:
    if not server.repository:
        return []
    url = code(server.repository)
    if not server.repository_failure:
        return [section(f"{url} is in the folder {code(folder_of(server.repository))}.")]
    return [
        section(
            f":warning: {url} could not be cloned: {escape(server.repository_failure)}. The server "
            "works all the same; clone it in a terminal of your own, or share another address."
        )
    ]


def state_card(server: Server) -> Message:
    """The row's status, what it means, and what can be done; see `Notifier.show_state`."""
    match server.status:
        case Status.FAILED:
            return failed_card(server)
        case Status.DELETED:
            return deleted_card(server)
        case Status.RUNNING:
            return _running_card(server, "Sign in with your own password.")
        case Status.STOPPED:
            return _stopped_card(server)
        case _:
            return _under_way_card(server)


def _stopped_card(server: Server) -> Message:
    when = f" since {date(server.stopped_at)}" if server.stopped_at else ""
    text = f"{escape(server.name)} is stopped. Its notebooks are kept."
    return Message(
        text,
        [
            header(f"{server.name} is stopped"),
            *_failure(server),
            section(
                f"It is stopped{when}. Its files are kept, and only its disk and address cost "
                "something. Start it to go on where you were."
            ),
            context(_what(server)),
            *buttons(server),
        ],
    )


_UNDER_WAY = {
    Status.CREATING: "Making",
    Status.STOPPING: "Stopping",
    Status.STARTING: "Starting",
    Status.RESTARTING: "Restarting",
    Status.DELETING: "Deleting",
}


def _under_way_card(server: Server) -> Message:
    platform = get_platform(server.platform)
    usual = {
        Status.STOPPING: platform.stop_seconds,
        Status.STARTING: platform.start_seconds,
        Status.RESTARTING: platform.start_seconds,
    }.get(server.status)
    usually = f" · usually {duration_range(*usual)}" if usual else ""
    text = f"{_UNDER_WAY[server.status]} {escape(server.name)} …"
    return Message(
        text,
        [section(f":hourglass_flowing_sand: {text}{usually}"), context(_what(server))],
    )


def _failure(server: Server) -> list[Block]:
    return [section(f":warning: {escape(server.failure)}")] if server.failure else []


def replaced_password_card(server: Server) -> Message:
    """The card above a newer one that has another one-time password."""
    return _running_card(
        server, "A newer one-time password was sent below; this one no longer works."
    )


def moved_card(server: Server) -> Message:
    """The card above a newer one of the same server."""
    text = f"{escape(server.name)}: its state is in a newer message below."
    return Message(text, [section(text), context(_what(server))])


def _running_card(server: Server, how: str) -> Message:
    text = f"Your notebook server {escape(server.name)} is running. {how}"
    return Message(
        text,
        [
            header(f"{server.name} is running"),
            *_failure(server),
            section(f"*Address*\n{code(server.url)}\n\n{how}"),
            context(_what(server)),
            *buttons(server),
        ],
    )


def failed_card(server: Server) -> Message:
    """What happened, what it means, what to do next."""
    by_size = server.failure_code in REFUSALS_OF_A_SIZE
    text = f"{escape(server.name)} could not be made. {escape(server.failure)}"
    return Message(
        text,
        [
            header(f"{server.name} could not be made"),
            section(f":x: {escape(server.failure)}"),
            section("What had been made for it was removed again; it costs nothing."),
            context(_what(server)),
            actions(
                button("Try again", AGAIN, server.id),
                *([button("Choose another size", OTHER_SIZE, server.id)] if by_size else []),
            ),
        ],
    )


def deleted_card(server: Server) -> Message:
    """The end."""
    when = f" {date(server.ended_at)}" if server.ended_at else ""
    text = f"{escape(server.name)} was deleted, with everything on it."
    return Message(text, [section(f":wastebasket: {text}{when}"), context(_what(server))])


def certificate_note(server: Server) -> str:
    """What the browser warns of, and what to compare."""
    if not server.certificate_sha256:
        return "Your browser may warn about the certificate."
    if server.tls != "self-signed":
        return "Its certificate is good for the address: your browser has nothing to warn of."
    if server.tls_reason:
        asks = get_platform(server.platform).os == "linux"
        again = "The server asks again twice a day. " if asks else ""
        return (
            "The certificate authority gave no certificate for the address "
            f"({escape(server.tls_reason)}), so the server made its own, and your browser will "
            f"warn. {again}Compare its SHA-256 fingerprint before you go on:\n"
            f"{code(server.certificate_sha256)}"
        )
    return (
        "Your browser will warn once, since the server made its own certificate. Compare its "
        f"SHA-256 fingerprint before you go on:\n{code(server.certificate_sha256)}"
    )


def buttons(server: Server) -> list[Block]:
    """What can be done with a server in its state: a row of buttons, or nothing."""
    match server.status:
        case Status.RUNNING:
            return [
                actions(
                    button("Open", OPEN, server.id, style="primary", url=server.url),
                    button("New password", PASSWORD, server.id),
                    _ending_button(server, "Stop", STOP),
                    _ending_button(server, "Restart", RESTART),
                    button("Share", SHARE, server.id),
                    button("Logs", LOGS, server.id),
                    delete_button(server),
                )
            ]
        case Status.STOPPED:
            start = button("Start", START, server.id, style="primary")
            return [actions(start, delete_button(server))]
        case Status.CREATING:
            return [actions(delete_button(server))]
        case _:
            return []


def guest_buttons(server: Server) -> list[Block]:
    """What a person can do with whom the server is shared."""
    if server.status is not Status.RUNNING:
        return []
    return [
        actions(
            button("Open", OPEN, server.id, style="primary", url=server.url),
            button("New password", PASSWORD, server.id),
        )
    ]


def _ending_button(server: Server, word: str, action_id: str) -> Block:
    """A button that ends what runs, with Slack's dialog before it."""
    return confirmed(
        button(word, action_id, server.id),
        f"{word} {server.name}?",
        "Kernels, terminals and whatever else runs on it end. Its files stay.",
        word,
        "Leave it running",
    )


def delete_button(server: Server) -> Block:
    """Delete, with Slack's dialog before it."""
    return confirmed(
        button("Delete", DELETE, server.id, style="danger"),
        f"Delete {server.name}?",
        "The server, its disk and all notebooks on it are removed. This can't be undone.",
        "Delete it",
        "Keep it",
    )


def _what(server: Server) -> str:
    title = PLATFORMS[server.platform].title if server.platform in PLATFORMS else server.platform
    words = (
        f"{title} {server.release}".rstrip(),
        code(server.size),
        server.region,
        price(server.price_per_hour),
    )
    return " · ".join(words)
