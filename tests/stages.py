"""Times of a creation's stages, from the engine's history and the bot's log."""

import re
from datetime import datetime

from tests.bench.critical_path import rows_of, steps_of
from tests.e2e.demo import Demo

PACKAGES = ("packages", "uv", "server", "environment")
"""The set-up program's steps that download something."""


def stages_of(demo: Demo, name: str) -> dict[str, float]:
    """Return the seconds of the server's creation by stage.

    Steps of a set-up may overlap: their sum can exceed the time of the whole set-up.
    """
    server_id = server_id_of(demo, name)
    steps = {step.removeprefix("create."): when for step, when in steps_of(demo, server_id).items()}
    began, ended = steps["set_up"]
    events = set_up_events(demo, server_id)
    done = {step: seconds for _, step, seconds in events}
    first_event, _, first_seconds = events[0]
    return {
        "boot": steps["connect"][1] - steps["vm"][0],
        "bootstrap": first_event - first_seconds - began,
        "packages": sum(done.get(step, 0.0) for step in PACKAGES),
        "start": done["service"],
        "set-up in all": ended - began,
        "verify": steps["verify"][1] - steps["verify"][0],
    }


def server_id_of(demo: Demo, name: str) -> str:
    """Return the id of the server of that name."""
    ((server_id,),) = rows_of(demo, "select id from servers where name = ?", name)
    return str(server_id)


def set_up_events(demo: Demo, server_id: str) -> list[tuple[float, str, float]]:
    """Return the end (Unix time), name and seconds of each set-up step, in the order of ends."""
    log = (demo.folder / "bot.log").read_text(errors="replace")
    found = []
    for line in log.splitlines():
        if "set-up" in line and f"server={server_id}" in line:
            words = dict(re.findall(r"(step|seconds|state)=(\S+)", line))
            if words.get("state") == "done":
                moment = datetime.fromisoformat(line.split()[0]).timestamp()
                found.append((moment, words["step"], float(words["seconds"])))
    return found
