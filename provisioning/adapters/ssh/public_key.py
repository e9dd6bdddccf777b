"""Reading public SSH keys as members paste them, by asyncssh.

A paste may have several keys, in OpenSSH's format or in that of RFC 4716, which PuTTY writes; code
spans, line ends of any kind and invisible characters around them.
"""

import base64
import binascii
import re
import struct
from collections.abc import Iterator, Sequence

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
_PRIVATE = ("PRIVATE KEY", "PRIVATE-LINES", "PUTTY-USER-KEY-FILE")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"), "")
_BLOCK = re.compile(
    r"[-–—]{2,5} ?BEGIN SSH2 PUBLIC KEY ?[-–—]{2,5}(?P<body>.*?)"
    r"(?P<end>[-–—]{2,5} ?END SSH2 PUBLIC KEY ?[-–—]{2,5}|\Z)",
    re.DOTALL,
)
_COMMENT = re.compile(r"^Comment:\s*(.*?)\s*$", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(r"(?<!\S)(?P<kind>(?:ssh|ecdsa|sk)-[\w@.-]+)\s+(?P<data>AAAA\S*)")


def read_public_keys(text: str) -> Sequence[PublicKey | UserError]:
    """Return the keys of a paste in its order; of several, a refused one is an error in its place.

    Raises:
        UserError: if there is no key, the only one is refused, or options stand in front of one.
    """
    if any(word in text.upper() for word in _PRIVATE):
        raise UserError(
            _(
                "That is a private key, which only you may have. It has been in Slack now, so "
                "don't use it any more: make a new pair with `ssh-keygen -t ed25519`, remove the "
                "old key wherever you use it, and give me the new file that ends in `.pub`. I did "
                "not keep the private key."
            )
        )
    found = [_read(kind, data, name) for kind, data, name in _parts(_plain(text))]
    if len(found) == 1 and isinstance(found[0], UserError):
        raise found[0]
    return found


def _plain(text: str) -> str:
    """Return the text without code fences, quotes around all of it and invisible characters."""
    text = text.translate(_INVISIBLE).replace("\u00a0", " ").replace("`", "\n")
    lines = "\n".join(each for each in text.splitlines() if not each.lstrip().startswith("#"))
    plain = lines.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] in "\"'" else plain


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield algorithm, base64 and comment of each key. Raises `UserError` for anything else."""
    blocks = list(_BLOCK.finditer(text))
    for block in blocks:
        yield _of_block(block)
    rest = _BLOCK.sub("\n", text).strip()
    if rest or not blocks:
        yield from _of_lines(rest)


def _of_block(block: re.Match[str]) -> tuple[str, str, str]:
    """Read a key of RFC 4716: its headers may go on in the next line after a backslash."""
    body = re.sub(r"\\\s*\n", "", block["body"])
    comment = _COMMENT.search(body)
    data = re.search(r"^(AAAA[A-Za-z0-9+/=\s]*)\Z", body.strip(), re.MULTILINE)
    encoded = "".join(data[1].split()) if data and block["end"] else ""
    try:
        raw = base64.b64decode(encoded, validate=True)
        (length,) = struct.unpack_from(">I", raw)
        kind = raw[4 : 4 + length].decode("ascii")
    except (binascii.Error, struct.error, UnicodeDecodeError):
        kind = ""
    return kind, encoded, comment[1].strip('"') if comment else ""


def _of_lines(text: str) -> Iterator[tuple[str, str, str]]:
    keys = list(_KEY.finditer(text))
    before = text[: keys[0].start()] if keys else text
    if "-cert-" in before or any("-cert-" in key["kind"] for key in keys):
        raise _refused(_("That is a key's certificate, and I need the key itself."))
    if not keys and "AAAA" not in text:
        raise _refused(_("That is not a public SSH key."))
    if before.strip():
        raise _refused(_not_alone(before))
    ends = [*(key.start() for key in keys[1:]), len(text)]
    for key, end in zip(keys, ends, strict=True):
        data, after = _joined(key["kind"], key["data"], text[key.end() : end])
        comment, _end, more = after.partition("\n")
        if more.strip():
            raise _refused(_not_alone(more))
        yield key["kind"], data, comment


def _not_alone(text: str) -> str:
    if "AAAA" in text:
        return _("I don't know that kind of key.")
    return _("I don't take options in front of a key: every key has the same rights.")


def _joined(kind: str, data: str, after: str) -> tuple[str, str]:
    """Return the base64, with further lines if a terminal has wrapped it, and what is left."""
    whole, left = data, after
    while not _is_key(kind, whole):
        piece = re.match(r"\s*\n\s*([A-Za-z0-9+/=]+)", left)
        if piece is None:
            return data, after
        whole, left = whole + piece[1], left[piece.end() :]
    return whole, left


def _is_key(kind: str, data: str) -> bool:
    try:
        asyncssh.import_public_key(f"{kind} {data}")
    except (asyncssh.KeyImportError, ValueError):
        return False
    return True


def _read(kind: str, data: str, comment: str) -> PublicKey | UserError:
    try:
        return _checked(kind, data, comment)
    except UserError as error:
        return error


def _checked(kind: str, data: str, comment: str) -> PublicKey:
    if kind == "ssh-dss":
        raise _refused(_("DSA keys are too weak, and SSH servers refuse them."))
    if kind and (kind not in _GOOD or not _BASE64.fullmatch(data)):
        raise _refused(_("I don't know that kind of key."))
    try:
        key = asyncssh.import_public_key(f"{kind} {data}")
    except (asyncssh.KeyImportError, ValueError):
        raise _refused(_("That key is cut off or has a wrong character in it.")) from None
    _refuse_short(key)
    name = "".join(each for each in " ".join(comment.split()) if each.isprintable())
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
