"""Backups of the database and the keys in one file, and the way back."""
