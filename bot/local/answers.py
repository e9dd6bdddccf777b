"""Servers, events, usage and limits as data for JSON. No password and no key is among it."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from provisioning.core.model.events import Event
from provisioning.core.model.limits import Limits, Load
from provisioning.core.model.server import Server
from provisioning.idle.rules import Decision
from provisioning.usage.measure import Amount


def server_as_data(server: Server) -> dict[str, Any]:
    """Return what people ask about a server. Times are ISO 8601, prices US dollars."""
    return {
        "id": server.id,
        "name": server.name,
        "owner": server.owner,
        "owner_name": server.owner_name,
        "status": server.status.value,
        "platform": server.platform,
        "release": server.release,
        "size": server.size,
        "region": server.region,
        "url": server.url,
        "price_per_hour": _plain(server.price_per_hour),
        "created_at": server.created_at.isoformat(),
        "ready_at": server.ready_at.isoformat() if server.ready_at else None,
        "stopped_at": server.stopped_at.isoformat() if server.stopped_at else None,
        "failure": server.failure.text if server.failure else "",
    }


def event_as_data(event: Event) -> dict[str, Any]:
    """Return an audit event."""
    return asdict(event) | {"at": event.at.isoformat()}


def amount_as_data(amount: Amount) -> dict[str, Any]:
    """Return hours and US dollars."""
    return {name: _plain(value) for name, value in asdict(amount).items()}


def decision_as_data(decision: Decision) -> dict[str, Any]:
    """Return what the cleanup would do with a server, and by which rule."""
    return {"action": type(decision).__name__.lower(), "rule": decision.rule}


def limits_as_data(limits: Limits) -> dict[str, Any]:
    """Return limits; 0 and an empty list are none. A lifetime is in hours."""
    return {name: _plain(value) for name, value in asdict(limits).items()}


def load_as_data(load: Load) -> dict[str, Any]:
    """Return what counts against limits."""
    return {name: _plain(value) for name, value in asdict(load).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return round(float(value), 4)
    if isinstance(value, timedelta):
        return round(value / timedelta(hours=1), 2)
    return list(value) if isinstance(value, tuple) else value
