"""Metrics for Prometheus, counted from the audit trail, served on loopback."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram, start_http_server

from provisioning.core.model.events import Event

EVENTS = Counter("notebook_bot_events_total", "Audit events", ["action", "result"])
ACKNOWLEDGEMENTS = Histogram(
    "notebook_bot_ack_seconds",
    "From a delivery of Slack to its acknowledgement; Slack gives up at 3",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0),
)


def count_event(event: Event) -> None:
    """Count an audit event by its action and result."""
    EVENTS.labels(action=event.action, result=event.result).inc()


@contextmanager
def count_delivery(kind: str) -> Iterator[None]:
    """Measure a command, click or event from its arrival to its acknowledgement."""
    started = time.perf_counter()
    try:
        yield
    finally:
        ACKNOWLEDGEMENTS.labels(kind=kind).observe(time.perf_counter() - started)


def start_exporter(port: int) -> None:
    """Serve `/metrics` on 127.0.0.1. Port 0 turns it off."""
    if port:
        start_http_server(port, addr="127.0.0.1")
