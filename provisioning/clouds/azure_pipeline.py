"""How patient the SDK is: retries and polling."""

from typing import Any

from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.mgmt.core.polling.async_arm_polling import AsyncARMPolling

MAX_RETRY_AFTER = 20.0
"""Seconds. Azure asks for up to minutes when it throttles; our caller decides about those."""


class BoundedRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Rides out a hiccup of a second or two and leaves the rest to the caller.

    The SDK's own policy spends 4.8 s on a refused connection and obeys any Retry-After.
    """

    def __init__(self, **options: Any) -> None:
        bounds = {"retry_connect": 1, "retry_read": 2, "retry_status": 3, "retry_total": 4}
        super().__init__(**{**options, **bounds, "retry_backoff_factor": 0.3})

    def get_retry_after(self, response: Any) -> float | None:
        """The server's wish in seconds, but not more than our bound."""
        wish = super().get_retry_after(response)
        return None if wish is None else min(wish, MAX_RETRY_AFTER)


class BoundedPolling(AsyncARMPolling):
    """Looks at an operation at least once each interval, whatever Retry-After says.

    A create of 45 s would otherwise be noticed up to 30 s late.
    """

    def _extract_delay(self) -> float:
        return float(min(super()._extract_delay(), self._timeout))
