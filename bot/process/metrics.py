"""Metrics for Prometheus, counted from the audit trail and Slack's deliveries."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import Counter, Histogram

from provisioning.core.model.events import Event

EVENTS = Counter("notebook_bot_events_total", "Audit events", ["action", "result"])
ACKNOWLEDGEMENTS = Histogram(
    "notebook_bot_ack_seconds",
    "From a delivery of Slack to its acknowledgement; Slack gives up at 3",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0),
)

log = structlog.get_logger(__name__)


def count_event(event: Event) -> None:
    """Count an audit event by its action and result, and log it."""
    log.info(
        "audit",
        action=event.action,
        result=event.result,
        actor=event.actor,
        server=event.server_id,
        detail=event.detail,
    )
    EVENTS.labels(action=event.action, result=event.result).inc()


@contextmanager
def count_delivery(kind: str) -> Iterator[None]:
    """Measure a command, click or event from its arrival to its acknowledgement."""
    started = time.perf_counter()
    try:
        yield
    finally:
        ACKNOWLEDGEMENTS.labels(kind=kind).observe(time.perf_counter() - started)
