"""Locks of Microsoft.Authorization: CanNotDelete and ReadOnly, on a scope and all that is in it.

As in Azure, a lock holds for everybody, the subscription's owner too, and a group can't be deleted
while something in it is locked.
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import Resource, State

TYPE = "Microsoft.Authorization/locks"
CAN_NOT_DELETE, READ_ONLY = "CanNotDelete", "ReadOnly"

_DELETE, _WRITES = "DELETE", ("PUT", "PATCH", "POST")


def read(resource_id: str, scope: str, body: dict[str, Any]) -> Resource:
    """Return the lock of a PUT's body."""
    properties = body.get("properties") or {}
    level = properties.get("level")
    if level not in (CAN_NOT_DELETE, READ_ONLY):
        raise ArmError(
            "InvalidLockLevel",
            f"The lock level '{level}' is invalid. The supported values are '{CAN_NOT_DELETE}, "
            f"{READ_ONLY}'.",
            status=400,
        )
    return {
        "id": resource_id,
        "name": resource_id.rsplit("/", 1)[-1],
        "type": TYPE,
        "properties": {"level": level, "notes": properties.get("notes", "")},
        "scope": scope,
    }


def require_unlocked(state: State, method: str, path: str) -> None:
    """Refuse a request that a lock forbids, with Azure's words."""
    if method == _DELETE:
        locked, verb = [*_over(state, path), *_in_group(state, path)], "delete"
    elif method in _WRITES:
        path = path.rpartition("/")[0] if method == "POST" else path
        locked = [each for each in _over(state, path) if _level(each) == READ_ONLY]
        verb = "write"
    else:
        return
    if locked:
        scopes = ",".join(sorted({each["scope"] for each in locked}))
        raise ArmError(
            "ScopeLocked",
            f"The scope '{path}' cannot perform {verb} operation because following scope(s) are "
            f"locked: '{scopes}'. Please remove the lock and try again.",
        )


def keeps(state: State, resource_id: str) -> bool:
    """Return whether a lock keeps the resource from being deleted together with its VM."""
    return any(True for _ in _over(state, resource_id))


def _level(lock: Resource) -> str:
    return str(lock["properties"]["level"])


def _over(state: State, path: str) -> Iterator[Resource]:
    """Return the locks on the path and on the scopes above it."""
    wanted = f"{path}/".lower()
    return (each for each in state.locks.values() if wanted.startswith(f"{each['scope']}/".lower()))


def _in_group(state: State, path: str) -> Iterator[Resource]:
    """Return the locks on what is in the scope."""
    inside = f"{path}/".lower()
    return (each for each in state.locks.values() if each["scope"].lower().startswith(inside))
