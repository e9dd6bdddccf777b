"""Servers for the tests of messages and views."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from provisioning.core.model.server import CardPassword, Failure, Server, Stage, Status

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

CREATING = Server(
    id="abc123def456",
    name="quiet-otter",
    owner="U_ANA",
    owner_name="Ana",
    platform="ubuntu",
    size="Standard_B2s",
    region="westeurope",
    status=Status.CREATING,
    created_at=NOW - timedelta(minutes=2),
    request_key="trigger",
    stage=Stage.SET_UP,
    stage_detail="packages",
    price_per_hour=Decimal("0.0416"),
)
RUNNING = replace(
    CREATING,
    status=Status.RUNNING,
    url="https://nb-abc123def456.westeurope.cloudapp.azure.com/",
    certificate_sha256=":".join(["AB"] * 32),
    ready_at=NOW,
    password=CardPassword(NOW + timedelta(hours=24)),
)
FAILED = replace(
    CREATING,
    status=Status.FAILED,
    failure=Failure("westeurope has no Standard_B2s left. Choose another size.", "SkuNotAvailable"),
    ended_at=NOW,
)
DELETED = replace(RUNNING, status=Status.DELETED, ended_at=NOW + timedelta(hours=3))
DELETING = replace(RUNNING, status=Status.DELETING)
