"""The process: settings, Slack, messages of the bot, wiring and the command line."""
