"""The names and numbers in the text of Azure's messages. Pure."""

import re
from collections.abc import Mapping
from typing import Any

_PATTERNS = {
    "quota": r"exceeding approved (.+?) (?:Cores )?quota",
    "limit": r"Current Limit: (\d+)|more than (\d+) [\w ]*public",
    "usage": r"Current Usage: (\d+)",
    "required": r"Additional Required: (\d+)",
    "namespace": r"namespace '([\w.]+)'",
    "locked": r"scope\(s\) are locked: '([^']+)'",
    "resource": r"Resource '([^']+)' was disallowed",
    "policy": r'policyAssignment\W+name"\s*:\s*"([^"\\]+)"',
}
_MISSING_RIGHT = (
    # A linked right is named after the right of the request itself, which the identity has.
    r"not have permission to perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'",
    r"perform action '([^']+)' (?:over|on) scope '([^']+)'",
)
_LONGEST_NAME = 200


def details_of(message: str, info: Mapping[str, Any]) -> dict[str, str]:
    """Return what the sentences of the tables may name of a failure.

    `info` is the policy's part of the error, if there is one.
    """
    found = {}
    for name, pattern in _PATTERNS.items():
        if match := re.search(pattern, message, re.IGNORECASE):
            found[name] = next(group for group in match.groups() if group)
    for pattern in _MISSING_RIGHT:
        if match := re.search(pattern, message, re.IGNORECASE):
            found["action"], found["scope"] = match.groups()
            break
    if title := info.get("policyAssignmentDisplayName") or info.get("policyAssignmentName"):
        found["policy"] = str(title)
    for name in ("scope", "locked"):
        if name in found:
            found[name] = short_scope(found[name])
    lines = [line.strip() for line in message.splitlines() if line.strip()] or ["?"]
    found["first_line"] = lines[0]
    found["tail"] = " / ".join(lines[-3:])[-300:]
    return {name: text[: _LONGEST_NAME * 2].replace("`", "'") for name, text in found.items()}


def short_scope(scope: str) -> str:
    """Return an ARM scope as people know it: `resourceGroups/x`, `virtualMachines/y`.

    Of several scopes, the first.
    """
    words = [word for word in scope.partition(",")[0].split("/") if word]
    return "/".join(words[-2:])
