"""Reading a public SSH key that a member typed, by asyncssh."""

import re

import asyncssh
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from provisioning.access.ssh_keys import PublicKey
from provisioning.core.errors import UserError
from provisioning.core.language import _

SHORTEST_RSA = 2048
"""Bits: what NIST allows until 2030 (SP 800-57)."""

_LONGEST_NAME = 60
_GOOD = frozenset(
    {
        "ssh-ed25519",
        "sk-ssh-ed25519@openssh.com",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-rsa",
    }
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def read_public_key(text: str) -> PublicKey:
    """Return the key of a line of a `.pub` file.

    Raises:
        UserError: if the text is no public key, is too weak, or has options in front of it.
    """
    if "PRIVATE KEY" in text.upper():
        raise UserError(
            _(
                "That is a private key, which only you may have. It has been in Slack now, so "
                "don't use it any more: make a new pair with `ssh-keygen -t ed25519`, remove the "
                "old key wherever you use it, and give me the new file that ends in `.pub`. I did "
                "not keep the private key."
            )
        )
    words = text.split()
    if not words or not any(word.startswith("AAAA") for word in words):
        raise _refused(_("That is not a public SSH key."))
    kind, data = words[0], words[1] if len(words) > 1 else ""
    if "-cert-" in kind:
        raise _refused(_("That is a key's certificate, and I need the key itself."))
    if kind not in _GOOD and not kind.startswith(("ssh-", "ecdsa-", "sk-")):
        raise _refused(_("I don't take options in front of a key: every key has the same rights."))
    if kind == "ssh-dss":
        raise _refused(_("DSA keys are too weak, and SSH servers refuse them."))
    if kind not in _GOOD or not _BASE64.fullmatch(data):
        raise _refused(_("I don't know that kind of key."))
    try:
        key = asyncssh.import_public_key(f"{kind} {data}")
    except asyncssh.KeyImportError:
        raise _refused(_("That key is cut off or has a wrong character in it.")) from None
    _refuse_short(key)
    name = "".join(each for each in " ".join(words[2:]) if each.isprintable())
    line = " ".join(key.export_public_key().decode().split()[:2])
    return PublicKey(line, key.get_fingerprint(), name[:_LONGEST_NAME])


def _refuse_short(key: asyncssh.SSHKey) -> None:
    numbers = getattr(key, "pyca_key", None)
    if isinstance(numbers, RSAPublicKey) and numbers.key_size < SHORTEST_RSA:
        raise _refused(
            _(
                "That RSA key has {bits} bits. It needs at least {least} to be safe.",
                bits=numbers.key_size,
                least=SHORTEST_RSA,
            )
        )


def _refused(why: str) -> UserError:
    return UserError(
        _(
            "{why} Give the one line of the file that ends in `.pub`, such as `ssh-ed25519 AAAA... "
            "ana@laptop`. `ssh-keygen -t ed25519` makes a new pair.",
            why=why,
        )
    )
