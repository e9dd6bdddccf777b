"""What admins alone do, and Azure compared with the database. No other package uses it."""
