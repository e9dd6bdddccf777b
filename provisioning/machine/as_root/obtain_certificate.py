"""Request or renew the server's certificate with certbot: `obtain_certificate.py SETTINGS [--now]`.

SETTINGS is a JSON file with these fields:
- `certbot`: path of certbot;
- `directory`: the authority's ACME address;
- `email` and `hostname`;
- `address` and `port`: where the authority checks the proof;
- `folder`: the folder of certbot's files;
- `authorities`: a PEM file to trust, or "";
- `place`: the command that takes certificate and key as JSON on its input.

With `--now` the certificate is renewed even if it is valid for long. The program prints
`{"sha256", "changed", "reason"}`. If there is no certificate, `reason` says why, and the exit
status is 1. Python 3.9 or newer runs it.
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
    """Request the certificate, put it in place and report; return the exit status."""
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    reason = obtain(settings, now="--now" in sys.argv[2:])
    answer: dict[str, Any] = {"sha256": "", "changed": False}
    if not reason:
        answer = place(settings)
    print(json.dumps({**answer, "reason": reason}))
    return 1 if reason else 0


def obtain(settings: dict[str, Any], *, now: bool) -> str:
    """Run certbot; return why there is no certificate, or "" on success."""
    trust = {"REQUESTS_CA_BUNDLE": settings["authorities"]} if settings["authorities"] else {}
    try:
        done = subprocess.run(
            _command(settings, now=now),
            env={**os.environ, **trust},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"the authority did not answer within {LONGEST_SECONDS} s"
    sys.stderr.write(done.stdout + done.stderr)
    return "" if done.returncode == 0 else explained(done.stdout + "\n" + done.stderr)


def _command(settings: dict[str, Any], *, now: bool) -> list[str]:
    folder, email = Path(settings["folder"]), settings["email"]
    values = {
        "--server": settings["directory"],
        "--domain": settings["hostname"],
        "--cert-name": "notebook",
        "--key-type": "ecdsa",
        "--http-01-address": settings["address"],
        "--http-01-port": str(settings["port"]),
        "--config-dir": str(folder / "config"),
        "--work-dir": str(folder / "work"),
        "--logs-dir": str(folder / "logs"),
    }
    command = [settings["certbot"], "certonly", "--non-interactive", "--agree-tos", "--standalone"]
    command += [word for pair in values.items() for word in pair]
    command.append("--force-renewal" if now else "--keep-until-expiring")
    return command + (["--email", email] if email else ["--register-unsafely-without-email"])


def explained(output: str) -> str:
    """Return the line of certbot's output that explains a failure best."""
    lines = [line.strip() for line in output.splitlines() if not _CHATTER.match(line)]
    details = [line for line in lines if "Detail:" in line or "urn:ietf:params:acme" in line]
    found = (details or lines or ["certbot failed without a message"])[-1]
    return " ".join(found.partition("Detail:")[2].split() or found.split())[:200]


def place(settings: dict[str, Any]) -> dict[str, Any]:
    """Give certificate and key to the notebook user's program; return `{"sha256", "changed"}`."""
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
