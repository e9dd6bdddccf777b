"""The tables, the types of their columns, and rows as values."""
