"""The check of a Git repository for a new server. Pure.

Only public repositories over https are possible. A credential in the address is refused, since the
bot stores and shows the address.
"""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

MOST_BYTES = 2_000_000_000
"""Size limit of a clone with its history; a server's smallest disk has 30 GB."""
MOST_SECONDS = 300.0
LONGEST = 300
"""Most characters of an address."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
_NOT_PLAIN = re.compile(r"[\s`<>\"'\\]")


def checked_repository(url: str, hosts: Sequence[str] = ()) -> str:
    """Return the address for `git clone`. `hosts` are the allowed hosts; empty allows all.

    Raises:
        UserError: if the address is not one of a repository that may be cloned.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
        has_credential = "@" in parts.netloc
        parts.port  # noqa: B018 - raises ValueError for a bad port
    except ValueError:
        parts, host, has_credential = urlsplit(""), "", False
    if has_credential:
        raise UserError(
            _(
                "That address contains a user name or a password, which I would have to store. "
                "I can clone only public repositories: give the address without them."
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
                "I can't clone `{url}`. Give the https address of a public repository, such as "
                "`https://github.com/jupyter/notebook`.",
                url=shortened(text),
            )
        )


def _require_repository(text: str, parts: SplitResult) -> None:
    if parts.query or parts.fragment or not _NAME.fullmatch(folder_of(text)):
        raise UserError(
            _(
                "`{url}` is not the address of a repository. Such an address ends with the "
                "repository's name, as in `https://github.com/jupyter/notebook`.",
                url=shortened(text),
            )
        )


def _require_listed(host: str, hosts: Sequence[str]) -> None:
    if hosts and host not in hosts:
        known = ", ".join(f"`{each}`" for each in hosts)
        raise UserError(
            _(
                "I can't clone from `{host}` here, only from: {known}.",
                host=host,
                known=known,
            )
        )


def folder_of(url: str) -> str:
    """Return the folder of a clone: "notebook" for ".../jupyter/notebook.git"."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git")
