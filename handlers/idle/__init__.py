"""The cleanup's warnings, and the commands about hours and idle time."""
