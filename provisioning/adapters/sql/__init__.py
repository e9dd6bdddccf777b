"""The stores over SQLAlchemy: SQLite or PostgreSQL."""
