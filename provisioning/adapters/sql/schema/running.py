"""The tables of running bots: the processes, their ticks, and the interactions they answer."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from provisioning.adapters.sql.schema.columns import Moment
from provisioning.adapters.sql.schema.tables import metadata

__all__ = ["interactions", "metadata", "processes", "schedules"]

# The engine's two tables: its adapter names their columns again, since adapters do not know each
# other. Processes are on PostgreSQL only.
processes = Table(
    "processes",
    metadata,
    Column("executor_id", String(40), primary_key=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

# Members' commands and clicks of the last hour, so that each is answered once and none is lost.
interactions = Table(
    "interactions",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("member", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
    Column("holder", String(40), nullable=False),
    Column("finished_at", Moment),
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
