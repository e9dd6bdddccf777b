"""What a result card says of the repository that a server was to begin with."""

from handlers.kit.blocks import Block, code, escape, section
from provisioning.core.language import _
from provisioning.core.model.server import Server
from provisioning.notebooks.repositories import folder_of
from provisioning.platforms.catalogue import get_platform


def repository_note(server: Server) -> list[Block]:
    """Where it is, or why it is not there and what can be done; nothing where none was wished."""
    if not server.repository:
        return []
    url, folder = code(server.repository), code(folder_of(server.repository))
    if not server.repository_failure:
        return [section(_("{url} is in the folder {folder}.", url=url, folder=folder))]
    reason = escape(server.repository_failure)
    if get_platform(server.platform).machine.git_package:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works all the same; "
            "clone it in a terminal of yours, or take another address.",
            url=url,
            reason=reason,
        )
    else:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works all the same; upload "
            "its files in JupyterLab, or create a server with another address.",
            url=url,
            reason=reason,
        )
    return [section(text)]
