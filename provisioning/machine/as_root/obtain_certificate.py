"""Gets the notebook's certificate from the authority, or a new one before it ends, with certbot:
`obtain_certificate.py SETTINGS [--now]`.

SETTINGS is a JSON file: `certbot` (its program), `directory` (the authority's ACME address),
`email`, `hostname`, `address` and `port` (where the authority looks for its proof), `folder` (all
of certbot's), `authorities` (a PEM file, or ""), `place` (the command that takes certificate and
key as JSON on its input). With `--now` it asks although the present one is good for long. Prints
`{"sha256", "changed", "reason"}`; a reason is why there is none, and the exit status is 1 then.
Any Python from 3.9 on runs it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 300
_CHATTER = re.compile(
    r"^(Ask for help|See the logfile|Saving debug log|\s*$|Hint:|Some challenges)"
)


def main() -> int:
    """Ask, place, report."""
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    reason = obtain(settings, now="--now" in sys.argv[2:])
    answer: dict[str, Any] = {"sha256": "", "changed": False}
    if not reason:
        answer = place(settings)
    print(json.dumps({**answer, "reason": reason}))
    return 1 if reason else 0


def obtain(settings: dict[str, Any], *, now: bool) -> str:
    """Have certbot do it; why it did not, or nothing."""
    folder = Path(settings["folder"])
    argv = [
        settings["certbot"], "certonly", "--non-interactive", "--agree-tos", "--standalone",
        "--server", settings["directory"], "--domain", settings["hostname"],
        "--cert-name", "notebook", "--key-type", "ecdsa", "--http-01-address", settings["address"],
        "--http-01-port", str(settings["port"]), "--config-dir", str(folder / "config"),
        "--work-dir", str(folder / "work"), "--logs-dir", str(folder / "logs"),
        "--force-renewal" if now else "--keep-until-expiring",
    ]  # fmt: skip
    email = settings["email"]
    argv += ["--email", email] if email else ["--register-unsafely-without-email"]
    trust = {"REQUESTS_CA_BUNDLE": settings["authorities"]} if settings["authorities"] else {}
    try:
        done = subprocess.run(
            argv, env={**os.environ, **trust}, capture_output=True, text=True, check=False,
            timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"the authority did not answer within {LONGEST_SECONDS} s"
    sys.stderr.write(done.stdout + done.stderr)
    return "" if done.returncode == 0 else explained(done.stdout + "\n" + done.stderr)


def explained(output: str) -> str:
    """The one line of certbot's that tells most."""
    lines = [line.strip() for line in output.splitlines() if not _CHATTER.match(line)]
    details = [line for line in lines if "Detail:" in line or "urn:ietf:params:acme" in line]
    found = (details or lines or ["certbot ended with an error"])[-1]
    return " ".join(found.partition("Detail:")[2].split() or found.split())[:200]


def place(settings: dict[str, Any]) -> dict[str, Any]:
    """Hand certificate and key to the notebook's own user; `{"sha256", "changed"}`."""
    live = Path(settings["folder"]) / "config/live/notebook"
    pair = {
        "certificate": (live / "fullchain.pem").read_text(encoding="ascii"),
        "key": (live / "privkey.pem").read_text(encoding="ascii"),
    }
    done = subprocess.run(
        settings["place"], input=json.dumps(pair), stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    sys.exit(main())
