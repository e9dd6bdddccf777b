"""The SSH host key: a new pair replaces the planted one, which the cloud's user data contains."""

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
    """Write the pair of keys; no message ever contains a part of the private key.

    The caller must reload the SSH server even if nothing changes: a killed run may have written
    the files without the reload.
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
