"""The check of a server that is not running yet, or too slow: its exit status is "try again"."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.certificates import SmallAuthority

PROBE = Path("provisioning/machine/as_user/probe.py").resolve()
TRY_AGAIN = 75


def ask(port: int):
    task = {
        "url": f"https://127.0.0.1:{port}",
        "token": "t",
        "certificate": SmallAuthority().pem,
        "seconds": 0.3,
    }
    return subprocess.run(
        [sys.executable, PROBE],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_server_that_does_not_answer_in_time_ends_with_try_again():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = ask(silent.getsockname()[1])
    assert (done.returncode, done.stdout) == (TRY_AGAIN, "")
    assert "not yet: " in done.stderr


def test_a_closed_port_ends_with_try_again(unused_tcp_port):
    done = ask(unused_tcp_port)
    assert (done.returncode, done.stdout) == (TRY_AGAIN, "")
