"""Alembic migrations of the product's own tables, and the check of the database at start.

The engine (DBOS) migrates the tables of its history by itself, in the same database.
"""
