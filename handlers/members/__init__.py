"""A member's own settings: the command and the form."""
