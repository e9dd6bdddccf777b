"""A server's state as people read it. What they type is the state's own word, in English."""

import difflib

from provisioning.errors import UserError
from provisioning.language import N_, _, said
from provisioning.model import Server, Status
from provisioning.names import shortened

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


def parse_state(word: str | None) -> Status | None:
    """The state that somebody typed. Raises `UserError` for a word that is none."""
    if word is None:
        return None
    try:
        return Status(word.lower())
    except ValueError:
        known = [each.value for each in Status]
        near = difflib.get_close_matches(word.lower(), known, n=1)
        names = {"word": shortened(word), "known": ", ".join(f"`{each}`" for each in known)}
        if near:
            raise UserError(
                _(
                    "I don't know the state `{word}`. Did you mean `{near}`? Choose one of: "
                    "{known}.",
                    near=near[0],
                    **names,
                )
            ) from None
        raise UserError(
            _("I don't know the state `{word}`. Choose one of: {known}.", **names)
        ) from None


def has_just_changed(server: Server) -> UserError:
    """To whoever was a moment too late."""
    return UserError(
        _("`{name}` has just changed. Look at `list` and try again.", name=server.name)
    )
