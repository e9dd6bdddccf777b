"""The ids of buttons. A button's value is a server's id, or "server/person", and nothing else."""

OPEN = "server_open"
PASSWORD = "server_password"  # noqa: S105 - an id, not a password
NOTHING = "none"
"""The value of a button that is about no server."""

CREATE = "server_create"
HELP = "show_help"
STOP = "server_stop"
START = "server_start"
RESTART = "server_restart"
DELETE = "server_delete"
KEEP = "server_keep"
STATUS = "server_status"
SHARE = "server_share"
SHARE_WITH = "share_with"
UNSHARE = "server_unshare"
TRANSFER = "server_transfer"
