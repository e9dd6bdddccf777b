"""The settings, read and checked once."""
