"""The ids of buttons. A button's value is a server's id and nothing else."""

OPEN = "server_open"
PASSWORD = "server_password"  # noqa: S105 - an id, not a password
NOTHING = "none"
"""The value of a button that is about no server."""

AGAIN = "server_create_again"
OTHER_SIZE = "server_other_size"
CREATE = "server_create"
HELP = "show_help"
STOP = "server_stop"
START = "server_start"
RESTART = "server_restart"
DELETE = "server_delete"
KEEP = "server_keep"
STATUS = "server_status"
