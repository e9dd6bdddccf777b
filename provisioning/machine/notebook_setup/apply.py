"""The set-up of a notebook server's machine, as one table of steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from .acme import ensure_acme, ensure_acme_client
from .adapters import Adapters
from .certificate import Certificate, ensure_certificate, place_certificate
from .configuration import (
    SOURCE,
    ensure_configuration,
    ensure_fonts,
    ensure_library,
    ensure_notebooks,
    ensure_probe,
)
from .events import Reporter
from .graph import Step, run_steps
from .kernel_environment import ensure_kernels, python_version
from .layout import Layout
from .server import begin_compiling, ensure_service
from .server_environment import ensure_server
from .specification import Specification
from .update import lab_version, present_version, remember_version
from .users import NotebookUser


@dataclass
class Apply:
    """One run of the set-up, on one machine, for one specification."""

    specification: Specification
    layout: Layout
    adapters: Adapters
    reporter: Reporter
    _certificate: Certificate = field(default=Certificate("", changed=False), init=False)
    _stale: list[str] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Run all steps, start compiling in the background, and report the result."""
        began = time.monotonic()
        changed = run_steps(self.steps(), self.reporter)
        user = self._user
        begin_compiling(user, self.layout, self.adapters.services)
        remember_version(self.layout)
        self.reporter.emit(
            "done",
            certificate_sha256=self._certificate.sha256,
            tls=self._certificate.mode,
            tls_reason=self._certificate.reason,
            python=python_version(user, self.layout),
            jupyterlab=lab_version(self.layout),
            version=present_version(self.layout),
            seconds=round(time.monotonic() - began, 3),
            changed=changed,
        )

    def steps(self) -> tuple[Step, ...]:
        """Return all steps of this specification.

        Fetching packages and the two environments takes nearly all of the time, so the other
        steps run in parallel with these.
        """
        steps = (
            Step("packages", self._packages, fetches=True),
            Step("user", self._user.ensure),
            Step("uv", self._uv),
            Step("server", self._server, ("uv",), fetches=True),
            Step("environment", self._environment, ("uv", "configuration"), fetches=True),
            Step("configuration", self._configuration, ("user",)),
            Step("ssh", self._ssh, ("configuration",)),
            Step("notebooks", self._notebooks, ("configuration",)),
            Step("fonts", self._fonts, ("configuration", "environment")),
            Step("certificate", self._certify, ("server", "configuration")),
            Step("firewall", self._firewall, ("packages", "configuration")),
            Step("service", self._service, ("certificate", "notebooks", "firewall", "environment")),
        )
        if self.specification.tls.mode != "acme" or not self._has_timers:
            return steps
        # Meanwhile the server runs with a self-signed certificate. The authority's certificate
        # replaces that one without a restart.
        return (
            *steps,
            Step("acme_client", self._acme_client, ("uv",), fetches=True),
            Step("acme", self._acme, ("acme_client", "certificate", "firewall")),
        )

    def _packages(self) -> bool:
        return self.adapters.packages.ensure(self.specification.platform.packages)

    @property
    def _user(self) -> NotebookUser:
        return self.adapters.system.user(self.specification.notebook_user, self.layout)

    def _uv(self) -> bool:
        return self.adapters.system.ensure_uv(self.layout, SOURCE / "uv.lock.txt")

    def _server(self) -> bool:
        return ensure_server(self.layout, SOURCE / "server.lock")

    def _environment(self) -> bool:
        return ensure_kernels(self._user, self.layout, SOURCE / "kernels.lock")

    def _configuration(self) -> bool:
        changed = ensure_library(self.layout, all_of_it=True)
        changed |= ensure_configuration(self.specification, self.layout)
        self._noted("configuration", changed)
        return ensure_probe(self.layout) or changed

    def _ssh(self) -> bool:
        service = self.specification.platform.ssh_service
        return self.adapters.system.member_ssh.ensure(
            self._user.name, self.layout, SOURCE / "assets", self.adapters.services, service
        )

    def _notebooks(self) -> bool:
        return ensure_notebooks(self._user, self.layout)

    def _fonts(self) -> bool:
        return ensure_fonts(self._user, self.layout)

    def _certify(self) -> bool:
        user, tls = self._user, self.specification.tls
        if tls.mode == "organisation":
            self._certificate = place_certificate(user, self.layout, tls.certificate, tls.key)
        else:
            names, keep_others = self.specification.hostnames, tls.mode == "acme"
            self._certificate = ensure_certificate(
                user, self.layout, names, keep_others=keep_others
            )
            if tls.mode == "acme" and not self._has_timers:
                reason = "the bot can't request certificates for this platform yet"
                self._certificate = replace(self._certificate, reason=reason)
        return self._certificate.changed

    @property
    def _has_timers(self) -> bool:
        """Return whether this machine has timers, which renew an authority's certificate."""
        return self.specification.platform.service_manager == "systemd"

    def _acme_client(self) -> bool:
        return ensure_acme_client(self.layout, SOURCE / "acme.lock")

    def _acme(self) -> bool:
        self._certificate = ensure_acme(
            self.specification, self.layout, SOURCE / "assets", self.adapters.services
        )
        return self._certificate.changed

    def _firewall(self) -> bool:
        firewall, services = self.adapters.firewall, self.adapters.services
        assets = SOURCE / "assets"
        changed = firewall.ensure(self.specification, self.layout, assets, services)
        return firewall.ensure_outbound(self._user.name, self.layout, assets, services) or changed

    def _service(self) -> bool:
        spared = self.adapters.packages.spare_services(self.layout.root)
        stale = bool(self._stale) or self.layout.restart_due.exists()
        changed = ensure_service(self._user, self.layout, self.adapters.services, stale=stale)
        self.layout.restart_due.unlink(missing_ok=True)
        return changed or spared

    def _noted(self, step: str, changed: bool) -> bool:
        """Remember that the running server has read older files, so that it is restarted."""
        if changed:
            self._stale.append(step)
        return changed
