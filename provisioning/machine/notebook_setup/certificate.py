"""The certificate that browsers see, written by the notebook user with the environment's tools."""

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
    """`sha256` is the fingerprint, colon-separated hex in upper case. `mode` is how it was come
    by, and `reason` why that is not what was asked for."""

    sha256: str
    changed: bool
    mode: str = "self-signed"
    reason: str = ""


def ensure_certificate(
    user: NotebookUser, layout: Layout, names: Sequence[str], *, keep_others: bool = False
) -> Certificate:
    """A self-signed one for these names, kept while it is good; with `keep_others` also one
    that an authority gave."""
    program = layout.library / "as_user/certificate.py"
    options = ["--keep-others"] if keep_others else []
    done = user.run([layout.python, "-I", program, *options, layout.tls, *names])
    answer = json.loads(done.stdout)
    return Certificate(str(answer["sha256"]), bool(answer["changed"]))


def place_certificate(
    user: NotebookUser, layout: Layout, certificate: str, key: str
) -> Certificate:
    """The organisation's own. A running server shows it to its next visitor."""
    program = layout.library / "as_user/place_certificate.py"
    pair = json.dumps({"certificate": certificate, "key": key})
    done = user.run([layout.python, "-I", program, layout.tls], stdin=pair)
    answer = json.loads(done.stdout)
    return Certificate(str(answer["sha256"]), bool(answer["changed"]), "organisation")


def leaf(layout: Layout) -> str:
    """The certificate that is shown, as PEM, without its chain: whoever trusts this text trusts
    that certificate and no other of its authority."""
    text = (layout.tls / "notebook.crt").read_text(encoding="ascii")
    first, end, _ = text.partition(_END)
    if not end:
        raise SetUpError("The server's certificate is damaged.")
    return first + end


def served(layout: Layout) -> str:
    """The fingerprint of what is shown."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf(layout))).hexdigest().upper()
    return ":".join(digest[start : start + 2] for start in range(0, len(digest), 2))


def trusting(certificate: str) -> ssl.SSLContext:
    """For connections to this machine's own server: that certificate, by whatever name."""
    context = ssl.create_default_context(cadata=certificate)
    context.check_hostname = False
    # The certificate itself ends the chain, whoever signed it (the constant is new in 3.10).
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
    return context
