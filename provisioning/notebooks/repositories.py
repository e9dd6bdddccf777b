"""Which Git repositories a new server may begin with: public ones, by https, without a
credential in the address, which would be kept and shown. Pure."""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

MOST_BYTES = 2_000_000_000
"""Of a clone with its history; a server's smallest disk has 30 GB."""
MOST_SECONDS = 300.0
LONGEST = 300
"""Characters of an address."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
_NOT_PLAIN = re.compile(r"[\s`<>\"'\\]")


def checked_repository(url: str, hosts: Sequence[str] = ()) -> str:
    """The address as git takes it. `hosts`: the only ones that may be cloned from; empty: any.

    Raises:
        UserError: if it is none that may be cloned.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
        has_credential = "@" in parts.netloc
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        parts, host, has_credential = urlsplit(""), "", False
    if has_credential:
        raise UserError(
            _(
                "That address has a user name or a password in it, which I would have to keep. "
                "Only public repositories can be cloned: give the address without it."
            )
        )
    _require_plain_https(text, parts, host)
    _require_repository(text, parts)
    _require_listed(host, hosts)
    return text


def _require_plain_https(text: str, parts: SplitResult, host: str) -> None:
    is_plain = text.isascii() and text.isprintable() and not _NOT_PLAIN.search(text)
    if parts.scheme != "https" or not host or len(text) > LONGEST or not is_plain:
        raise UserError(
            _(
                "`{url}` is no repository that I can clone. Give the https address of a public "
                "one, such as `https://github.com/jupyter/notebook`.",
                url=shortened(text),
            )
        )


def _require_repository(text: str, parts: SplitResult) -> None:
    if parts.query or parts.fragment or not _NAME.fullmatch(folder_of(text)):
        raise UserError(
            _(
                "`{url}` is not the address of a repository itself. It ends with the repository's "
                "name, such as `https://github.com/jupyter/notebook`.",
                url=shortened(text),
            )
        )


def _require_listed(host: str, hosts: Sequence[str]) -> None:
    if hosts and host not in hosts:
        known = ", ".join(f"`{each}`" for each in hosts)
        raise UserError(
            _(
                "`{host}` is not among the hosts that repositories come from: {known}.",
                host=host,
                known=known,
            )
        )


def folder_of(url: str) -> str:
    """The folder that a clone of it makes: "notebook" of ".../jupyter/notebook.git"."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git")
