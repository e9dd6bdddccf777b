"""Alembic migrations of the product's own tables, and what the bot asks of them at start.

The engine's history (DBOS) keeps its tables by itself, in the same database.
"""
