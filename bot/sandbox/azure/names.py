"""The names of requests in faults and durations, such as `virtualMachines.put`."""

import json
import re
from collections.abc import Iterator, Mapping

from bot.sandbox.azure.regions import plain

ACTIONS = frozenset({"start", "deallocate", "poweroff", "restart", "runcommand", "register"})

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def operation_name(method: str, path: str) -> str:
    """Return the name of a request.

    Examples: `virtualMachines.put`, `virtualMachines.deallocate`, `virtualMachines/extensions.put`,
    `usages.get`, `operations.get`, `DiskOperations.get`, `providers.register`,
    `resourceGroups.delete`. A list and a single resource have the same name: a fault for one
    strikes both.
    """
    verb = method.lower()
    words = [word for word in path.split("/") if word]
    lower = [word.lower() for word in words]
    if "providers" not in lower[:-1]:
        if lower[-1] == "resources":
            return f"resources.{verb}"
        return f"{'resourceGroups' if 'resourcegroups' in lower else 'subscriptions'}.{verb}"
    rest = words[lower.index("providers") + 2 :]
    if rest and rest[-1].lower() in ACTIONS:
        verb = rest.pop()
    if not rest:
        return f"providers.{verb}"
    if rest[0].lower() == "locations" and len(rest) > 2:
        return f"{_of_location(rest[2:])}.{verb}"
    return f"{'/'.join(_types(rest))}.{verb}"


def _of_location(words: list[str]) -> str:
    """Return the name of a catalogue path: `usages`, `operations`, `images/<offer>/<sku>`."""
    if words[0].lower() != "publishers":
        return words[0]
    return "/".join(("images", *words[5:8:2]))


def _types(words: list[str]) -> Iterator[str]:
    """Return the kind words of a path, in which every second word is a name."""
    yield from words[::2]


def is_list(method: str, path: str) -> bool:
    """Return whether a request reads a list: its path ends with a kind, not with a name."""
    words = [word for word in path.split("/") if word]
    return method == "GET" and len(words) % 2 == 1 and words[-1].lower() != "instanceview"


def location_name(path: str, query: str, body: bytes) -> str:
    """Return the region in a request's path, filter or body; "" if there is none."""
    for pattern, text in ((r"/locations/([^/]+)/", path), (r"location eq '([^']+)'", query)):
        if match := re.search(pattern, text, re.IGNORECASE):
            return plain(match[1])
    try:
        sent = json.loads(body or b"{}")
    except ValueError:
        return ""  # the handler refuses the malformed body
    return plain(str(sent.get("location", ""))) if isinstance(sent, dict) else ""


def action_name(method: str, path: str) -> str:
    """Return the action that a request needs, as Microsoft's list of operations names it.

    Examples: `Microsoft.Compute/virtualMachines/write`, `Microsoft.Compute/register/action`,
    `Microsoft.Compute/locations/DiskOperations/read`, `Microsoft.Resources/subscriptions/read`.
    The case of letters is that of the path, but for resource groups, of which the SDKs write
    `resourcegroups`; Azure compares actions without it.
    """
    words = [word for word in path.split("/") if word]
    lower = [word.lower() for word in words]
    namespace, rest = "Microsoft.Resources", words
    if "providers" in lower:
        # The last one: a lock or a role of a resource has the resource's whole path before it.
        inside = len(lower) - lower[::-1].index("providers")
        if words[inside + 1 :]:
            namespace, rest = words[inside], words[inside + 1 :]
        else:
            rest = ["subscriptions", "", "providers"]
    verb = _VERBS.get(method)
    if verb is None:
        verb = f"{rest[-1]}/action"
        rest = rest[:-1]
    kinds = ("resourceGroups" if k.lower() == "resourcegroups" else k for k in _types(rest))
    return "/".join((namespace, *kinds, verb))


def actions_of(method: str, path: str, query: Mapping[str, str]) -> list[str]:
    """Return all actions that a request needs; its view of a VM's state is one of its own."""
    actions = [action_name(method, path)]
    wants_view = query.get("$expand", "").lower() == "instanceview" or "statusOnly" in query
    if wants_view and actions[0].lower() == "microsoft.compute/virtualmachines/read":
        actions.append("Microsoft.Compute/virtualMachines/instanceView/read")
    return actions
