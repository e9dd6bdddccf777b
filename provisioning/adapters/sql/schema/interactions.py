"""The table of members' interactions."""

from sqlalchemy import Column, String, Table, Text

from provisioning.adapters.sql.schema.columns import Moment
from provisioning.adapters.sql.schema.metadata import metadata

# The commands and clicks of the last hour, so that each is answered once and none is lost.
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
