"""The part of a result card about the Git repository that the owner asked for."""

from handlers.kit.blocks import Block, code, escape, section
from provisioning.core.language import _
from provisioning.core.model.server import Server
from provisioning.notebooks.repositories import folder_of
from provisioning.platforms.catalogue import get_platform


def repository_note(server: Server) -> list[Block]:
    """Return the repository's folder, or why it could not be cloned and what to do.

    Returns an empty list if the owner asked for no repository.
    """
    if not server.repository:
        return []
    url, folder = code(server.repository), code(folder_of(server.repository))
    if not server.repository_failure:
        return [section(_("{url} is in the folder {folder}.", url=url, folder=folder))]
    reason = escape(server.repository_failure)
    if get_platform(server.platform).machine.git_package:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works without it. Clone "
            "the repository in a terminal, or use another address.",
            url=url,
            reason=reason,
        )
    else:
        text = _(
            ":warning: {url} could not be cloned: {reason}. The server works without it. Upload "
            "the files in JupyterLab, or create a server with another address.",
            url=url,
            reason=reason,
        )
    return [section(text)]
