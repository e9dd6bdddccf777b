"""Certificates for tests, signed by a test authority."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class SmallAuthority:
    """A certificate authority; clients trust it by `pem`."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An organisation")])
        own = self._signed(self._name, self._key, x509.BasicConstraints(True, None), days=30)
        self.pem = own.public_bytes(serialization.Encoding.PEM).decode()

    def give(self, *names: str, days: float = 90) -> tuple[str, str, str]:
        """Return a certificate with its chain, its key and its fingerprint for the DNS names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        made = self._signed(subject, key, alternative, days=days)
        chain = made.public_bytes(serialization.Encoding.PEM).decode() + self.pem
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return chain, secret, made.fingerprint(hashes.SHA256()).hex(":").upper()

    def _signed(self, subject, key, extension, days) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )
