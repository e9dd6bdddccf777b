"""Programs that the machine's own timers run as root, without the bot."""
