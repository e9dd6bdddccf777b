"""A server's state as people read it. What they type is the state's own word, in English."""

from provisioning.errors import UserError
from provisioning.language import N_, _, said
from provisioning.model import Server, Status

_WORDS = {
    Status.CREATING: N_("creating"),
    Status.RUNNING: N_("running"),
    Status.STOPPING: N_("stopping"),
    Status.STOPPED: N_("stopped"),
    Status.STARTING: N_("starting"),
    Status.RESTARTING: N_("restarting"),
    Status.RESIZING: N_("resizing"),
    Status.RESTORING: N_("restoring"),
    Status.DELETING: N_("deleting"),
    Status.DELETED: N_("deleted"),
    Status.FAILED: N_("failed"),
}


def state_word(status: Status) -> str:
    """In the current language."""
    return said(_WORDS[status])


def has_just_changed(server: Server) -> UserError:
    """To whoever was a moment too late."""
    return UserError(
        _("`{name}` has just changed. Look at `list` and try again.", name=server.name)
    )
