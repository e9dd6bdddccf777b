"""Signing in to the notebook server: one-time passwords, own passwords, links and sessions."""
