"""A certificate from an ACME authority: the client, its settings, and the timer that renews it.

The client is certbot, in an environment that root owns. It proves the host name over HTTP (HTTP-01)
on a port that is open for that purpose alone. A new certificate replaces the present one while the
server runs. Without one the present certificate stays, and the reason is reported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .certificate import Certificate, served
from .commands import run
from .environment import digest, newest_python, uv_settings
from .files import ensure_file, render
from .layout import Layout
from .services import ServiceManager
from .specification import Specification

SERVICE, TIMER = "notebook-acme.service", "notebook-acme.timer"

_MARKER = ".complete"
_PROGRAM = "as_root/obtain_certificate.py"


def ensure_acme_client(layout: Layout, lock: Path) -> bool:
    """Install certbot at the locked version."""
    wanted, marker = digest(lock.read_text(encoding="utf-8")), layout.acme / _MARKER
    if marker.is_file() and marker.read_text() == wanted:
        return False
    uv, quiet = layout.uv_program, uv_settings(layout)
    make = "venv --quiet --clear --python".split()
    run([uv, *make, newest_python(layout), layout.acme], env=quiet)
    install: list[str | Path] = [uv, *"pip install --quiet --require-hashes --python".split()]
    run([*install, layout.acme / "bin/python", "--requirement", lock], env=quiet)
    ensure_file(marker, wanted)
    return True


def ensure_acme(
    specification: Specification, layout: Layout, assets: Path, services: ServiceManager
) -> Certificate:
    """Request the authority's certificate, and install the timer that renews it.

    Without a new certificate, return the present one with the reason.
    """
    changed = ensure_file(layout.acme_settings, _settings(specification, layout), 0o600)
    places = {
        "python": sys.executable,
        "program": layout.library / _PROGRAM,
        "settings": layout.acme_settings,
    }
    for name in (SERVICE, TIMER):
        unit = render((assets / name).read_text(encoding="utf-8"), places)
        changed |= services.ensure_installed(layout.units, name, unit)
    changed |= services.ensure_enabled(TIMER)
    changed |= services.ensure_running(TIMER, restart=False)
    done = run([sys.executable, "-I", layout.library / _PROGRAM, layout.acme_settings], ok=(0, 1))
    answer = json.loads(done.stdout.splitlines()[-1])
    if answer["reason"]:
        return Certificate(served(layout), changed, "self-signed", str(answer["reason"]))
    return Certificate(str(answer["sha256"]), changed or bool(answer["changed"]), "acme")


def _settings(specification: Specification, layout: Layout) -> str:
    tls = specification.tls
    authorities = layout.acme_settings.with_name("acme-authorities.pem") if tls.authorities else ""
    if authorities:
        ensure_file(Path(authorities), tls.authorities)
    program = layout.library / "as_user/place_certificate.py"
    as_user = ["runuser", "-u", specification.notebook_user, "--"]
    values = {
        "certbot": str(layout.acme / "bin/certbot"),
        "directory": tls.directory,
        "email": tls.email,
        "hostname": tls.hostname,
        "address": specification.bind_address,
        "port": tls.http_port,
        "folder": str(layout.acme_state),
        "authorities": str(authorities),
        "place": [*as_user, str(layout.server_python), "-I", str(program), str(layout.tls)],
    }
    return json.dumps(values, indent=1) + "\n"
