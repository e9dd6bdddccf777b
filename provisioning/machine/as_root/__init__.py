"""Programs that the machine's own timers run as root, when nobody is connected."""
