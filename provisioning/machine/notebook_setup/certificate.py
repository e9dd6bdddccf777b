"""The server's certificate, written by the notebook user with the server's Python."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import SetUpError
from .layout import Layout
from .users import NotebookUser

_END = "-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class Certificate:
    """The server's certificate and where it comes from.

    `sha256` is the fingerprint: upper-case hex with colons. `mode` is the certificate's origin,
    and `reason` says why it is not the requested one.
    """

    sha256: str
    changed: bool
    mode: str = "self-signed"
    reason: str = ""


def ensure_certificate(
    user: NotebookUser, layout: Layout, names: Sequence[str], *, keep_others: bool = False
) -> Certificate:
    """Make a self-signed certificate for these names, unless a valid one is there.

    With `keep_others` an authority's valid certificate is kept too.
    """
    program = layout.library / "as_user/certificate.py"
    options = ["--keep-others"] if keep_others else []
    done = user.run([layout.server_python, "-I", program, *options, layout.tls, *names])
    answer = json.loads(done.stdout)
    return Certificate(str(answer["sha256"]), bool(answer["changed"]))


def place_certificate(
    user: NotebookUser, layout: Layout, certificate: str, key: str
) -> Certificate:
    """Put the organisation's certificate in place; a running server uses it without a restart."""
    program = layout.library / "as_user/place_certificate.py"
    pair = json.dumps({"certificate": certificate, "key": key})
    done = user.run([layout.server_python, "-I", program, layout.tls], stdin=pair)
    answer = json.loads(done.stdout)
    return Certificate(str(answer["sha256"]), bool(answer["changed"]), "organisation")


def leaf(layout: Layout) -> str:
    """Return the server's certificate as PEM, without its chain.

    A client that trusts this text trusts no other certificate of the same authority.
    """
    text = (layout.tls / "notebook.crt").read_text(encoding="ascii")
    first, end, _ = text.partition(_END)
    if not end:
        raise SetUpError(
            "The server's certificate file is damaged, so no browser can connect. Tell an admin."
        )
    return first + end


def served(layout: Layout) -> str:
    """Return the fingerprint of the server's certificate."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf(layout))).hexdigest().upper()
    return ":".join(digest[start : start + 2] for start in range(0, len(digest), 2))


def trusting(certificate: str) -> ssl.SSLContext:
    """Return a TLS context that trusts this certificate under any host name."""
    context = ssl.create_default_context(cadata=certificate)
    context.check_hostname = False
    # The certificate itself ends the chain, whichever authority signed it (constant since 3.10).
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
    return context
