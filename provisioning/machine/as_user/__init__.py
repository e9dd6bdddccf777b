"""Programs that run as the notebook user, never as root: they work in places that are its own."""
