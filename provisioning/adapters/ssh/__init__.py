"""Machines by asyncssh."""
