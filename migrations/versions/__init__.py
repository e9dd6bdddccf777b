"""The versions of the database schema, one file per version, named by its number."""
