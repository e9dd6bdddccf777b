"""Slack's client and what the bot asks Slack: access, profiles, people, files."""
