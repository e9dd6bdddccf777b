"""The card of a server while it is created: its steps with their expected times. Pure."""

from collections.abc import Mapping
from datetime import datetime

from handlers.kit.blocks import (
    Message,
    code,
    context,
    duration,
    duration_range,
    escape,
    header,
    section,
)
from handlers.servers.buttons import buttons
from handlers.servers.card_notes import facts_line
from provisioning.core.language import N_, _, restored, said
from provisioning.core.model.server import Server, Stage
from provisioning.platforms.catalogue import PLATFORMS

STAGE_TITLES = {
    Stage.CHECK: N_("Size and quota checked"),
    Stage.NETWORK: N_("Network and address"),
    Stage.MACHINE: N_("Virtual machine"),
    Stage.CONNECT: N_("First connection"),
    Stage.SET_UP: N_("Notebook server installed"),
    Stage.VERIFY: N_("Checked from outside, and a kernel runs code"),
    Stage.HAND_OVER: N_("Address and password sent to you"),
}


def creation_progress_card(
    server: Server,
    now: datetime,
    began: Mapping[Stage, datetime],
    expected_seconds: tuple[int, int],
) -> Message:
    """Return the card with all steps, the elapsed time and the expected time.

    `began` has the start of each stage, as far as it is known. `expected_seconds` is (p50, p90).
    """
    stage = said(STAGE_TITLES[server.stage]).lower()
    text = _("Creating {name}: {stage} …", name=code(server.name), stage=stage)
    so_far = _(
        "{elapsed} so far, usually {usual}",
        elapsed=duration((now - server.created_at).total_seconds()),
        usual=duration_range(*expected_seconds),
    )
    return Message(
        text,
        [
            header(_("Creating {name}", name=server.name)),
            section("\n".join(_stage_lines(server, began))),
            context(f"{so_far} · {facts_line(server)}"),
            *buttons(server),
        ],
    )


def _stage_lines(server: Server, began: Mapping[Stage, datetime]) -> list[str]:
    stages = list(Stage)
    current = stages.index(server.stage)
    lines = []
    for number, stage in enumerate(stages):
        title = said(STAGE_TITLES[stage])
        if number < current:
            took = _took(began.get(stage), began.get(stages[number + 1]))
            lines.append(f":white_check_mark: {title}{took}")
        elif number == current:
            lines.append(
                f":hourglass_flowing_sand: *{title}*" + _detail(server) + _expected(server, stage)
            )
        else:
            lines.append(f":white_circle: {title}")
    return lines


_SET_UP = {
    "packages": N_("packages"),
    "user": N_("user"),
    "server": N_("notebook server"),
    "environment": N_("environment"),
    "configuration": N_("configuration"),
    "notebooks": N_("notebooks"),
    "fonts": N_("fonts"),
    "certificate": N_("certificate"),
    "firewall": N_("firewall"),
    "service": N_("service"),
}
"""The steps of the set-up program in words for members."""


def _detail(server: Server) -> str:
    """Return what is said of the stage: a step of the set-up program, or why it takes longer."""
    detail = server.stage_detail
    return f" · {escape(said(_SET_UP.get(detail, restored(detail))))}" if detail else ""


def _took(since: datetime | None, until: datetime | None) -> str:
    if since is None or until is None:
        return ""
    return f" · {duration((until - since).total_seconds())}"


def _expected(server: Server, stage: Stage) -> str:
    platform = PLATFORMS.get(server.platform)
    if platform is None or stage.value not in platform.stage_seconds:
        return ""
    time = duration_range(*platform.stage_seconds[stage.value])
    return " · " + _("usually {time}", time=time)
