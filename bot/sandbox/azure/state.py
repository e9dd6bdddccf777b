"""The state of local Azure, in one JSON file.

The file is always replaced as a whole, so a kill leaves the last complete one.
"""

import asyncio
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

_SAVE_SECONDS = 0.2
_SAVED = (
    *("groups", "resources", "hidden", "operations", "providers"),
    *("subscription", "is_secret_expired", "locks", "policies"),
    *("role_definitions", "role_assignments", "images"),
)


@dataclass
class State:
    """Everything that exists.

    `resources` holds the body that a GET returns, by lower-case id. `hidden` holds, by the same id,
    what Azure never shows (customData, the machine's id). `operations` holds records by their id.
    `quota_times` multiplies the usual quotas. `subscription` is the subscription's state.
    `locks`, `policies` and `role_assignments` hold resources by their lower-case id;
    `role_definitions` holds them by their GUID. `images` holds the state of those images that are
    not active, by `publisher:offer:sku`.
    """

    path: Path
    quota_times: int = 1
    groups: dict[str, Resource] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    hidden: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, dict[str, Any]] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    subscription: str = "Enabled"
    is_secret_expired: bool = False
    locks: dict[str, Resource] = field(default_factory=dict)
    policies: dict[str, Resource] = field(default_factory=dict)
    role_definitions: dict[str, Resource] = field(default_factory=dict)
    role_assignments: dict[str, Resource] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        if self.path.exists():
            for name, value in json.loads(self.path.read_text(encoding="utf-8")).items():
                setattr(self, name, value)

    def find(self, resource_id: str) -> Resource | None:
        """Return the resource of that id; the case of letters does not matter."""
        return self.resources.get(resource_id.lower())

    def put(self, resource: Resource, hidden: dict[str, Any] | None = None) -> None:
        """Add or replace a resource."""
        key = resource["id"].lower()
        self.resources[key] = resource
        if hidden is not None:
            self.hidden[key] = hidden
        self.touch()

    def secrets_of(self, resource: Resource) -> dict[str, Any]:
        """Return what Azure knows of a resource and never shows."""
        return self.hidden.setdefault(resource["id"].lower(), {})

    def remove(self, resource_id: str) -> None:
        """Forget a resource and its children; a missing resource is no error."""
        key = resource_id.lower()
        for known in [k for k in self.resources if k == key or k.startswith(f"{key}/")]:
            del self.resources[known]
            self.hidden.pop(known, None)
        self.touch()

    def of_type(self, kind: str) -> list[Resource]:
        """Return all resources of a type, such as `Microsoft.Compute/virtualMachines`."""
        return [each for each in self.resources.values() if each["type"].lower() == kind.lower()]

    def touch(self) -> None:
        """Save soon, because something has changed."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_SAVE_SECONDS, self.save)

    def save(self) -> None:
        """Write the file now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        content = json.dumps({name: getattr(self, name) for name in _SAVED})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        temporary.replace(self.path)
