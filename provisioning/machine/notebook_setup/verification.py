"""The check that the server works: a kernel of the running server computes `1+1`."""

from __future__ import annotations

import json
import time

from .certificate import leaf, served
from .configuration import read_machine
from .errors import CommandError, NotYetError, SetUpError
from .events import Reporter
from .layout import Layout
from .users import NotebookUser

EXPECTED = "2"
_NOT_YET = 75  # exit status of as_user/probe.py


def verify(user: NotebookUser, layout: Layout, seconds: float, reporter: Reporter) -> None:
    """Have the server compute over https, with the probe's token, and report the result.

    `seconds` is the time limit; it must allow for a start with modules that are not compiled yet.
    Raises `NotYetError` if the server has not answered within that time.
    """
    began = time.monotonic()
    machine = read_machine(layout)
    task = {
        "url": f"https://{_host(machine['bind_address'])}:{machine['notebook_port']}",
        "certificate": leaf(layout),
        "token": layout.probe_token.read_text(encoding="utf-8"),
        "seconds": seconds,
    }
    # The token goes to the program's standard input, so it is in no argument and no environment
    # variable.
    program = layout.library / "as_user/probe.py"
    try:
        done = user.run([layout.server_python, "-I", program], stdin=json.dumps(task))
    except CommandError as error:
        if error.status != _NOT_YET:
            raise
        reason = f"No kernel of the server has computed within {seconds:g} s."
        raise NotYetError(reason, error.detail) from None
    result = str(json.loads(done.stdout)["result"])
    if result != EXPECTED:
        raise SetUpError(
            f"A kernel of the new server computed {result!r} for 1+1, so the server does not work."
        )
    reporter.emit(
        "verified",
        seconds=round(time.monotonic() - began, 3),
        result=result,
        certificate_sha256=served(layout),
    )


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
