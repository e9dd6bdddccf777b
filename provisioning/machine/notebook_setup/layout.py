"""The paths of all files and folders on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """All paths below `root`, on Linux.

    Root owns `base`, `settings` and what is for root alone; the notebook user owns the rest.
    """

    root: Path

    @property
    def base(self) -> Path:
        """Folder of the programs and the environment."""
        return self.root / "opt/notebook"

    @property
    def library(self) -> Path:
        """Folder of the bot's programs, which the notebook user may run but not change."""
        return self.base / "lib"

    @property
    def uv(self) -> Path:
        """Folder into which uv, the installer, is unpacked."""
        return self.base / "uv"

    @property
    def uv_program(self) -> Path:
        """uv itself."""
        return self.uv / "bin/uv"

    @property
    def servers(self) -> Path:
        """Folder of the server's environments, each in a folder named by its lock's digest."""
        return self.base / "server"

    @property
    def server(self) -> Path:
        """The link to the server's environment, which root owns."""
        return self.servers / "current"

    @property
    def former_server(self) -> Path:
        """The link to the server's environment before the present one."""
        return self.servers / "former"

    @property
    def server_python(self) -> Path:
        """The interpreter of the server's environment.

        A machine of an older version has one environment, so there it is that one's.
        """
        return self.python_of(self.server if self.server.exists() else self.environment)

    @property
    def kernels(self) -> Path:
        """Folder of the kernels' environments, each in a folder named by a number."""
        return self.base / "kernels"

    @property
    def environment(self) -> Path:
        """The link to the kernels' environment, into which members may install packages.

        On a machine of an older version it is a folder, which the server runs from as well.
        """
        return self.base / "env"

    @property
    def python(self) -> Path:
        """The kernels' interpreter. Never run it as root: the notebook user may change it."""
        return self.python_of(self.environment)

    def python_of(self, environment: Path) -> Path:
        """Return the interpreter of an environment."""
        return environment / "bin/python"

    @property
    def managed_python(self) -> Path:
        """Folder of a Python that uv has fetched, where the machine's own is too old."""
        return self.base / "python"

    @property
    def settings(self) -> Path:
        """Folder of Jupyter's configuration and the machine's facts (`machine.json`)."""
        return self.root / "etc/notebook"

    @property
    def machine_file(self) -> Path:
        """The machine's facts, which the other subcommands read."""
        return self.settings / "machine.json"

    @property
    def probe_token(self) -> Path:
        """The probe's token in clear, for root alone."""
        return self.settings / "probe-token"

    @property
    def state(self) -> Path:
        """Folder of the server's state: sessions, certificate."""
        return self.root / "var/lib/notebook"

    @property
    def access(self) -> Path:
        """Folder of the access list: root changes it, and the notebook user reads it."""
        return self.settings / "access"

    @property
    def access_list(self) -> Path:
        """The members who may sign in. A machine of an older version has no such file."""
        return self.access / "list.json"

    @property
    def choice_keys(self) -> Path:
        """The keys that prove members' own passwords, for root alone."""
        return self.settings / "choice-keys.json"

    @property
    def deeds(self) -> Path:
        """The notebook user's file of sessions and chosen passwords."""
        return self.state / "members.json"

    @property
    def former_people(self) -> Path:
        """The members' file of a machine that an older version of the bot has set up."""
        return self.state / "users.json"

    @property
    def version(self) -> Path:
        """File with the version of the bot's files that the machine has been brought to."""
        return self.settings / "version"

    @property
    def restart_due(self) -> Path:
        """A file that is there while the server still runs an older version's programs."""
        return self.settings / "restart-due"

    @property
    def tls(self) -> Path:
        """Folder of the certificate and its key."""
        return self.state / "tls"

    @property
    def home(self) -> Path:
        """The notebook user's home."""
        return self.root / "home/notebook"

    @property
    def work(self) -> Path:
        """The folder that JupyterLab shows."""
        return self.home / "work"

    @property
    def kernelspec(self) -> Path:
        """The definition of the kernel `python3`, which Jupyter finds before all others."""
        return self.settings / "jupyter/kernels/python3/kernel.json"

    @property
    def kernel_configuration(self) -> Path:
        """IPython's configuration for that kernel."""
        return self.settings / "ipython_kernel_config.py"

    @property
    def jupyter_configuration(self) -> Path:
        """Jupyter's configuration file."""
        return self.settings / "jupyter_server_config.py"

    @property
    def runtime(self) -> Path:
        """Folder of sockets and connection files, which a reboot empties."""
        return self.root / "run/notebook"

    @property
    def units(self) -> Path:
        """Folder of the service manager's local unit files."""
        return self.root / "etc/systemd/system"

    @property
    def acme(self) -> Path:
        """The Python environment of certbot, which root owns."""
        return self.base / "acme"

    @property
    def dulwich(self) -> Path:
        """Folder of dulwich, which clones where there is no git; root owns it."""
        return self.base / "dulwich"

    @property
    def acme_state(self) -> Path:
        """Folder of certbot's account, keys and logs, for root alone."""
        return self.root / "var/lib/notebook-acme"

    @property
    def acme_settings(self) -> Path:
        """The settings of the certificate program, which the timer runs."""
        return self.settings / "acme.json"

    @property
    def member_keys(self) -> Path:
        """The public keys with which members sign in over SSH."""
        return self.settings / "ssh-keys"

    @property
    def ssh(self) -> Path:
        """Folder of the SSH server's configuration and host keys."""
        return self.root / "etc/ssh"

    @property
    def firewalld_zones(self) -> Path:
        """Folder of firewalld's local zones."""
        return self.root / "etc/firewalld/zones"

    @property
    def setup_log(self) -> Path:
        """The log of the last set-up, for root alone."""
        return self.root / "var/log/notebook-setup.log"

    @property
    def lock(self) -> Path:
        """The lock file of the set-up: one run at a time."""
        return self.base / ".setup.lock"
