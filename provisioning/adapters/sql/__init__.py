"""The store by SQLAlchemy: SQLite or PostgreSQL."""
