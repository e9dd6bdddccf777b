"""Make the server's self-signed certificate: `certificate.py [--keep-others] FOLDER NAME...`.

An existing certificate with the same names and at least 30 days left is kept. With `--keep-others`
an authority's certificate is kept too, until it expires. Prints `{"sha256", "changed"}`, with the
fingerprint of the present certificate. The environment's Python runs this program.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 397
"""The longest life of a public certificate that browsers accept (CA/Browser Forum, 2020-2026)."""
RENEW_BEFORE = datetime.timedelta(days=30)


def main() -> None:
    """Make or keep the certificate, and print its fingerprint."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    folder, names = Path(words[0]), sorted(set(words[1:]))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_others = "--keep-others" in sys.argv
    certificate, changed = usable(folder, names, keep_others=keep_others), False
    if certificate is None:
        certificate, changed = make(folder, names), True
    digest = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    print(json.dumps({"sha256": digest, "changed": changed}))


def usable(folder: Path, names: list[str], *, keep_others: bool) -> x509.Certificate | None:
    """Return the present certificate if it can be kept, or None."""
    try:
        found = x509.load_pem_x509_certificate((folder / "notebook.crt").read_bytes())
        key = load_pem_private_key((folder / "notebook.key").read_bytes(), None)
    except (OSError, ValueError):
        return None
    now = datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017 - Python 3.9 has no UTC
    is_ours = found.issuer == found.subject
    if is_ours:
        fits = now + RENEW_BEFORE < found.not_valid_after_utc and (
            alternative_names(names) == _names_of(found)
        )
    else:
        fits = keep_others and now < found.not_valid_after_utc
    whole = found.public_key() == key.public_key() and found.not_valid_before_utc <= now
    return found if whole and fits else None


def make(folder: Path, names: list[str]) -> x509.Certificate:
    """Make a new key and certificate.

    The key is written first. After a crash between the two writes they don't fit together, so the
    next run makes both again.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(alternative_names(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write(folder / "notebook.key", secret, 0o600)
    write(folder / "notebook.crt", certificate.public_bytes(Encoding.PEM), 0o644)
    return certificate


def alternative_names(names: list[str]) -> x509.SubjectAlternativeName:
    """Return the extension with host names as DNS names and addresses as IP addresses."""
    general: list[x509.GeneralName] = []
    for name in names:
        try:
            general.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            general.append(x509.DNSName(name))
    return x509.SubjectAlternativeName(general)


def _names_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    with contextlib.suppress(x509.ExtensionNotFound):
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return None


def write(path: Path, content: bytes, mode: int) -> None:
    """Write a file atomically."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


if __name__ == "__main__":
    main()
