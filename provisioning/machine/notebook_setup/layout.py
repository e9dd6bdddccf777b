"""Where everything lies on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """All paths below `root`. Root's own: `base`, `settings`; the notebook user's: the rest."""

    root: Path

    @property
    def base(self) -> Path:
        """Programs and the environment."""
        return self.root / "opt/notebook"

    @property
    def library(self) -> Path:
        """Our own files that the notebook user may read and run, not change."""
        return self.base / "lib"

    @property
    def uv(self) -> Path:
        """The folder that the installer is unpacked into."""
        return self.base / "uv"

    @property
    def uv_program(self) -> Path:
        """The installer itself."""
        return self.uv / "bin/uv"

    @property
    def environment(self) -> Path:
        """The Python environment of the notebooks; people install into it."""
        return self.base / "env"

    @property
    def python(self) -> Path:
        """The environment's interpreter. Never run it as root: its folder is the user's."""
        return self.environment / "bin/python"

    @property
    def settings(self) -> Path:
        """Jupyter's configuration, and what was asked for (`machine.json`)."""
        return self.root / "etc/notebook"

    @property
    def machine_file(self) -> Path:
        """What verify and activity need to know."""
        return self.settings / "machine.json"

    @property
    def probe_token(self) -> Path:
        """The machine's own credential, in clear, for root alone."""
        return self.settings / "probe-token"

    @property
    def state(self) -> Path:
        """The server's state: people, cookie secret, certificate."""
        return self.root / "var/lib/notebook"

    @property
    def people(self) -> Path:
        """Who may sign in."""
        return self.state / "users.json"

    @property
    def tls(self) -> Path:
        """Certificate and key."""
        return self.state / "tls"

    @property
    def home(self) -> Path:
        """The notebook user's home."""
        return self.root / "home/notebook"

    @property
    def work(self) -> Path:
        """What people see in JupyterLab."""
        return self.home / "work"

    @property
    def jupyter_configuration(self) -> Path:
        """Jupyter's own settings."""
        return self.settings / "jupyter_server_config.py"

    @property
    def runtime(self) -> Path:
        """Sockets and connection files, gone at a reboot."""
        return self.root / "run/notebook"

    @property
    def units(self) -> Path:
        """The service manager's files of this machine."""
        return self.root / "etc/systemd/system"

    @property
    def acme(self) -> Path:
        """The environment of the authority's client; root's own."""
        return self.base / "acme"

    @property
    def dulwich(self) -> Path:
        """What clones repositories where there is no git; root's own."""
        return self.base / "dulwich"

    @property
    def acme_state(self) -> Path:
        """The client's account, keys and logs, for root alone."""
        return self.root / "var/lib/notebook-acme"

    @property
    def acme_settings(self) -> Path:
        """What the client is to get, for its timer."""
        return self.settings / "acme.json"

    @property
    def member_keys(self) -> Path:
        """The public keys by which people come in as the notebook user."""
        return self.settings / "ssh-keys"

    @property
    def ssh(self) -> Path:
        """The SSH server's own files."""
        return self.root / "etc/ssh"

    @property
    def firewalld_zones(self) -> Path:
        """firewalld's own zones of this machine."""
        return self.root / "etc/firewalld/zones"

    @property
    def setup_log(self) -> Path:
        """What the last set-up did, for root alone."""
        return self.root / "var/log/notebook-setup.log"

    @property
    def lock(self) -> Path:
        """Held by whoever sets the machine up."""
        return self.base / ".setup.lock"
