"""Alembic's environment: runs the migrations on the connection of `migrations.schema`."""

from alembic import context

from provisioning.adapters.sql.schema.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a table in place
    include_object=lambda _object, name, kind, _reflected, _to: (
        kind != "table" or name in metadata.tables
    ),
)
with context.begin_transaction():
    context.run_migrations()
