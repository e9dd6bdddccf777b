"""A server, a member and a share with the longest possible names, numbers and texts."""

from datetime import UTC, datetime
from decimal import Decimal

from provisioning.core.model.cloud import Size
from provisioning.core.model.machine import DiskUse
from provisioning.core.model.names import MAX_LENGTH
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import CardPassword, Failure, Server, Status

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LONG = "<&>" * 85
"""255 characters, the longest file name, of which each grows when it is escaped."""
PASSWORD = "tulip-4821-harbor-maple"
OWNER = "U" + "W" * 20
SIZE = Size("Standard_NC96ads_A100_v4_with_a_long_name", 1_920, 11_400.5, "family", 16)

SERVER = Server(
    id="a23456789012",
    name="n" * MAX_LENGTH,
    owner=OWNER,
    owner_name=LONG[:200],
    platform="opensuse",
    release="15.6",
    size=SIZE.name,
    region="a-region-with-a-very-long-name",
    status=Status.RUNNING,
    created_at=NOW,
    request_key="key",
    stage_detail=LONG,
    price_per_hour=Decimal("12345.678901"),
    url=f"https://{'n' * 63}.a-region-with-a-very-long-name.cloudapp.azure.com:65535/",
    address="203.0.113.255",
    certificate_sha256=":".join(["AB"] * 32),
    failure=Failure(LONG * 12, "QuotaExceeded"),
    ready_at=NOW,
    stopped_at=NOW,
    ended_at=NOW,
    password=CardPassword(NOW),
    elsewhere=tuple(f"a-region-with-a-very-long-name-{n}" for n in range(10)),
    disk=DiskUse(10**15, 99 * 10**13, 10**13, tuple((LONG[:80], 10**14) for _ in range(5))),
    packages=tuple(f"package-with-a-rather-long-name-{n}>=1.2.3" for n in range(100)),
)
PERSON = Member(OWNER, LONG[:200])
SHARE = Share(SERVER.id, OWNER, LONG[:200], NOW)
