"""The SSH host key: the one that the machine was made with is replaced by one that lay nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .files import ensure_file
from .layout import Layout
from .specification import SpecificationError

_PRIVATE = re.compile(
    r"-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END [A-Z ]+-----\n"
)
_PUBLIC = re.compile(r"ssh-ed25519 [A-Za-z0-9+/=]+( [^\n]*)?")


def ensure_host_key(
    layout: Layout, private: object, public: object, protect: Callable[[Path], None]
) -> bool:
    """Put the pair there. No part of the private key is ever in a message.

    The SSH server must be told each time: whoever asks saw an older key, and a run that was
    killed may have come as far as the files.
    """
    if not isinstance(private, str) or not _PRIVATE.fullmatch(private):
        raise SpecificationError("private must be an OpenSSH private key.")
    if not isinstance(public, str) or not _PUBLIC.fullmatch(public):
        raise SpecificationError("public must be an ed25519 public key.")
    file = layout.ssh / "ssh_host_ed25519_key"
    changed = ensure_file(file.with_name(file.name + ".pub"), public + "\n")
    changed |= ensure_file(file, private, 0o600)
    protect(file)
    return changed
