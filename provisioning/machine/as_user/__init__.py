"""Programs that run as the notebook user, never as root: they work in folders that user owns."""
