"""The certificate that browsers see, made by the notebook user with the environment's tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from .layout import Layout
from .users import NotebookUser


@dataclass(frozen=True)
class Certificate:
    """`sha256` is the fingerprint, colon-separated hex in upper case."""

    sha256: str
    changed: bool


def ensure_certificate(user: NotebookUser, layout: Layout, names: Sequence[str]) -> Certificate:
    """A self-signed one for these names, kept while it is good."""
    program = layout.library / "as_user/certificate.py"
    done = user.run([layout.python, "-I", program, layout.tls, *names])
    answer = json.loads(done.stdout)
    return Certificate(str(answer["sha256"]), bool(answer["changed"]))
