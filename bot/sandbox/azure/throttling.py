"""Azure's token buckets: what a principal, a resource and a subscription may ask for.

All numbers are in one table, `POLICIES`, with their sources. Time passes at the sandbox's speed.
"""

import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.azure.durations import Durations

ARM = "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling"
COMPUTE = "https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits"


@dataclass(frozen=True)
class Policy:
    """One limit: a bucket of `capacity` tokens that gets `a_minute` new ones, and its source.

    `of` says what has such a bucket: a `principal`, a `resource` or the `subscription`.
    """

    name: str
    of: str
    capacity: int
    a_minute: int
    source: str


POLICIES = (
    Policy("reads", "principal", 250, 25 * 60, ARM),
    Policy("writes", "principal", 200, 10 * 60, ARM),
    Policy("deletes", "principal", 200, 10 * 60, ARM),
    Policy("PutVM", "resource", 12, 4, COMPUTE),
    Policy("PutVM", "subscription", 1500, 500, COMPUTE),
    Policy("UpdateVM", "resource", 12, 4, COMPUTE),
    Policy("UpdateVM", "subscription", 1500, 500, COMPUTE),
    Policy("DeleteVM", "resource", 12, 4, COMPUTE),
    Policy("DeleteVM", "subscription", 1500, 500, COMPUTE),
    Policy("LowCostGet", "resource", 36, 12, COMPUTE),
    Policy("LowCostGet", "subscription", 24000, 8000, COMPUTE),
    Policy("HighCostGet", "subscription", 900, 300, COMPUTE),
    Policy("GetOperation", "resource", 45, 15, COMPUTE),
)

_VM = r"/virtualmachines/[^/]+"
_OF_COMPUTE = (
    # The first row whose method and path (after the provider) fit is the request's policy.
    ("GET", r".*/locations/[^/]+/(?:disk)?operations/[^/]+", "GetOperation"),
    ("GET", r".*/virtualmachines", "HighCostGet"),
    ("GET", rf".*{_VM}(?:/.*)?", "LowCostGet"),
    ("PUT", rf".*{_VM}", "PutVM"),
    ("DELETE", rf".*{_VM}", "DeleteVM"),
    ("POST", rf".*{_VM}/deallocate", "DeleteVM"),
    ("PATCH|POST|PUT|DELETE", rf".*{_VM}(?:/.*)?", "UpdateVM"),
)
_KEPT = 5000
"""Number of buckets above which the full ones are forgotten."""


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass
class Throttling:
    """All buckets. `share` is the part of Azure's limits that other users of it leave."""

    durations: Durations
    subscription: str
    share: float = 1.0
    _buckets: dict[tuple[str, str, str], _Bucket] = field(default_factory=dict)

    def of_principal(self, request: web.Request, caller: str) -> "web.Response | dict[str, str]":
        """Take a token of Azure Resource Manager's; return its headers, or the answer 429."""
        name = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(request.method, "writes")
        [policy] = [each for each in POLICIES if each.name == name]
        left = self._take(policy, caller)
        if left < 0:
            return self._of_arm(name, caller, -left)
        return {f"x-ms-ratelimit-remaining-subscription-{name}": str(int(left))}

    def of_compute(self, request: web.Request) -> "web.Response | dict[str, str]":
        """Take Compute's tokens; return its headers (none for another provider), or a 429."""
        name, resource = _compute_policy(request.method, request.path)
        shown = []
        for policy in (each for each in POLICIES if each.name == name):
            key = resource if policy.of == "resource" else self.subscription
            left = self._take(policy, key)
            if left < 0:
                return self._of_provider(policy, -left)
            end = "Resource" if policy.of == "resource" else "SubscriptionMaximum"
            shown.append(f"Microsoft.Compute/{name}{end};{int(left)}")
        return {"x-ms-ratelimit-remaining-resource": ",".join(shown)} if shown else {}

    def _take(self, policy: Policy, key: str) -> float:
        """Take a token: return those left, or minus the seconds until there is one."""
        now = time.monotonic()
        capacity, rate = policy.capacity * self.share, policy.a_minute * self.share / 60
        place = (policy.name, policy.of, key)
        bucket = self._buckets.setdefault(place, _Bucket(capacity, now))
        passed = (now - bucket.at) * self.durations.speed
        bucket.tokens, bucket.at = min(capacity, bucket.tokens + passed * rate), now
        if bucket.tokens < 1:
            return -max((1 - bucket.tokens) / rate, 0.001)
        bucket.tokens -= 1
        self._forget_full()
        return bucket.tokens

    def _forget_full(self) -> None:
        if len(self._buckets) <= _KEPT:
            return
        limits: Mapping[tuple[str, str], Policy] = {(each.name, each.of): each for each in POLICIES}
        now = time.monotonic()
        for place, bucket in list(self._buckets.items()):
            policy = limits[place[:2]]
            grown = (now - bucket.at) * self.durations.speed * policy.a_minute * self.share / 60
            if bucket.tokens + grown >= policy.capacity * self.share:
                del self._buckets[place]

    def _of_arm(self, name: str, caller: str, seconds: float) -> web.Response:
        verb = name.removesuffix("s")
        text = (
            f"Number of '{verb}' requests for subscription '{self.subscription}' actor '{caller}' "
            f"exceeded. Please try again after '{math.ceil(seconds)}' seconds after additional "
            "tokens are available. Refer to https://aka.ms/arm-throttling for additional "
            "information."
        )
        error = {"code": "SubscriptionRequestsThrottled", "message": text}
        shown = {f"x-ms-ratelimit-remaining-subscription-{name}": "0"}
        return self._refusal(error, seconds, shown)

    def _of_provider(self, policy: Policy, seconds: float) -> web.Response:
        measured = (
            f'{{"operationGroup":"{policy.name}","allowedRequestCount":{policy.capacity},'
            f'"measuredRequestCount":{policy.capacity + 1}}}'
        )
        detail = {"code": "TooManyRequests", "target": policy.name, "message": measured}
        error: dict[str, Any] = {
            "code": "OperationNotAllowed",
            "message": "The server rejected the request because too many requests have been "
            "received for this subscription.",
            "details": [detail],
            "innererror": {"internalErrorCode": "TooManyRequestsReceived"},
        }
        end = "Resource" if policy.of == "resource" else "SubscriptionMaximum"
        shown = {"x-ms-ratelimit-remaining-resource": f"Microsoft.Compute/{policy.name}{end};0"}
        return self._refusal(error, seconds, shown)

    def _refusal(
        self, error: dict[str, Any], seconds: float, shown: dict[str, str]
    ) -> web.Response:
        # At the real speed whole seconds, as Azure's; a fast sandbox gives fractions of them.
        wait = math.ceil(seconds) if self.durations.speed == 1 else seconds / self.durations.speed
        headers = {"Retry-After": f"{max(wait, 0.05):.3g}", **shown}
        return web.json_response({"error": error}, status=429, headers=headers)


def _compute_policy(method: str, path: str) -> tuple[str, str]:
    """Return the name of the request's policy and the resource that it counts for."""
    lower = path.lower().rstrip("/")
    if "/providers/microsoft.compute/" not in lower:
        return "", ""
    for methods, pattern, name in _OF_COMPUTE:
        if method in methods.split("|") and re.fullmatch(pattern, lower):
            if name == "GetOperation":
                return name, lower
            return name, next(_vm_of(lower), lower)
    return "", ""


def _vm_of(path: str) -> Iterator[str]:
    if match := re.match(rf".*?{_VM}", path):
        yield match[0]
