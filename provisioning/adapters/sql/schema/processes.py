"""The engine's two tables.

Its adapter names their columns again, since adapters do not know each other. Processes are on
PostgreSQL only.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from provisioning.adapters.sql.schema.columns import Moment
from provisioning.adapters.sql.schema.metadata import metadata

processes = Table(
    "processes",
    metadata,
    Column("executor_id", String(40), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", String(60), primary_key=True),
    # The time of the latest tick that ran or runs, in seconds since 1970.
    Column("tick", BigInteger, nullable=False),
    # The process that runs the tick, "" after its end.
    Column("holder", String(40), nullable=False),
)
