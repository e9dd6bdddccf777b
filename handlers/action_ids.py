"""The ids of buttons. A button's value is a server's id and nothing else."""

OPEN = "server_open"
PASSWORD = "server_password"  # noqa: S105 - an id, not a password
STOP = "server_stop"
START = "server_start"
RESTART = "server_restart"
DELETE = "server_delete"
KEEP = "server_keep"
STATUS = "server_status"
