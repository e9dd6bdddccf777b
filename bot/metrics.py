"""Numbers for Prometheus, drawn from the audit trail, on loopback where they are asked for."""

from prometheus_client import Counter, start_http_server

from provisioning.model import Event

EVENTS = Counter("notebook_bot_events_total", "Audit events", ["action", "result"])


def count_event(event: Event) -> None:
    """Creations, hand-overs, failures by their code, deletions, new passwords."""
    EVENTS.labels(action=event.action, result=event.result).inc()


def start_exporter(port: int) -> None:
    """Serve `/metrics` on 127.0.0.1; port 0 is off."""
    if port:
        start_http_server(port, addr="127.0.0.1")
