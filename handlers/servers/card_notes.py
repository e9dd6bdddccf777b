"""Parts of a card about the server itself: its facts, its certificate, its repository."""

from handlers.kit.blocks import Block, Message, code, escape, plain, price, section
from provisioning.core.language import _, said
from provisioning.core.model.server import Server
from provisioning.notebooks.repositories import folder_of
from provisioning.platforms.catalogue import PLATFORMS, get_platform


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


def certificate_note(server: Server) -> str:
    """Return whether the browser warns about the certificate, and which fingerprint to compare."""
    fingerprint = code(server.certificate_sha256)
    if not server.certificate_sha256:
        return _("Your browser may warn about the certificate.")
    if server.tls != "self-signed":
        return _("Its certificate is valid for the address, so your browser does not warn.")
    if not server.tls_reason:
        return _(
            "Your browser will warn once, since the server made its own certificate. Compare its "
            "SHA-256 fingerprint before you continue:\n{fingerprint}",
            fingerprint=fingerprint,
        )
    reason = escape(said(server.tls_reason))
    if get_platform(server.platform).os != "linux":
        return _(
            "The certificate authority issued no certificate for the address ({reason}). So the "
            "server made its own, and your browser will warn. Compare its SHA-256 fingerprint "
            "before you continue:\n{fingerprint}",
            reason=reason,
            fingerprint=fingerprint,
        )
    return _(
        "The certificate authority issued no certificate for the address ({reason}). So the "
        "server made its own, and your browser will warn. The server asks again twice a day. "
        "Compare its SHA-256 fingerprint before you continue:\n{fingerprint}",
        reason=reason,
        fingerprint=fingerprint,
    )


def no_password_message(server: Server) -> Message:
    """Return the answer to a request for a password of a server that has ended meanwhile."""
    return plain(
        _(
            "You asked for a new password for {name}. It is not coming, since the server was "
            "deleted in the meantime.",
            name=escape(server.name),
        )
    )


def facts_line(server: Server) -> str:
    """Return platform, size, region and price in one line."""
    title = PLATFORMS[server.platform].title if server.platform in PLATFORMS else server.platform
    words = (
        f"{title} {server.release}".rstrip(),
        code(server.size),
        server.region,
        price(server.price_per_hour),
    )
    return " · ".join(words)
