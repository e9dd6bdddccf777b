"""The last log lines of the set-up and of the server, with likely secrets hidden.

These lines appear in Slack, so a word is hidden even if it only might be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .layout import Layout
from .server import SERVICE
from .services import ServiceManager

LONGEST_LINE = 300
HIDDEN = "[hidden]"

_NAMED = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)?|secret|token|cookie|credential|authorization|api[_-]?key|"
    r"access[_-]?key|signature)[\w-]*[\"']?\s*[=:]\s*)(?:(?:bearer|basic|token)\s+)?[^\s,;&]+"
)
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_SHAPES = re.compile(
    r"\$argon2\S+"  # a password's hash
    r"|\bey[\w-]{10,}\.[\w-]{10,}\.[\w-]+"  # a JSON web token
    r"|\b(?:[a-z2-9]{5}-){3}[a-z2-9]{5}\b"  # a one-time password
    r"|\b(?:xox[a-z]|xapp|gh[a-z]|glpat|AKIA)[-_]?\w[\w-]{10,}"  # tokens of well-known services
    r"|(?<![\w/+])[\w+/-]{43,}={0,2}(?![\w/])"  # 256 bits or more in base64
)
_KEY_BEGINS, _KEY_ENDS = "-----BEGIN", "-----END"


def last_lines(layout: Layout, services: ServiceManager, count: int) -> dict[str, list[str]]:
    """Return at most `count` lines of the set-up (`set_up`) and the server, oldest first."""
    log = layout.setup_log
    written = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return {
        "set_up": without_secrets(written.splitlines()[-count:]),
        "server": without_secrets(services.journal(layout.units, services.unit(SERVICE), count)),
    }


def without_secrets(lines: Sequence[str]) -> list[str]:
    """Return the lines with likely secrets hidden, each cut to `LONGEST_LINE`."""
    kept, in_key = [], False
    for line in lines:
        begins = _KEY_BEGINS in line
        in_key = (in_key or begins) and _KEY_ENDS not in line
        if in_key or begins or _KEY_ENDS in line:
            kept.append(HIDDEN)
            continue
        shown = _CREDENTIALS.sub(HIDDEN, _NAMED.sub(rf"\g<1>{HIDDEN}", line.rstrip()))
        shown = _SHAPES.sub(HIDDEN, shown)
        kept.append(shown if len(shown) <= LONGEST_LINE else shown[: LONGEST_LINE - 1] + "…")
    return kept
