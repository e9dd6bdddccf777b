"""Slack in, Slack out: parse, authorise, call one use case, render. No decision lives here."""
