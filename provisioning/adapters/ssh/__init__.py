"""The machines over asyncssh."""
