"""Slack's client, and the requests to Slack: access, profiles, members, messages, files."""
