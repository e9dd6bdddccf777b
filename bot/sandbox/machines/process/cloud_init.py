"""cloud-init's part of a machine's boot, from the VM's customData.

Like the real one, it runs once for an instance and not at each boot. An unknown top-level key is an
error that `cloud-init status` shows; the rest is done nevertheless.
"""

import base64
import gzip
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.sandbox.machines.process.accounts import AccountError, Accounts
from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.tree import Tree

_ACCEPTED = frozenset(
    (
        "growpart locale manage_etc_hosts package_update preserve_hostname resize_rootfs "
        "ssh_deletekeys ssh_genkeytypes timezone"
    ).split()
)
"""Known keys without an effect on a process machine."""

RunAsRoot = Callable[[str], Answer]


def status_file(tree: Tree) -> Path:
    """The file of `cloud-init status`: `{"status": "running"|"done"|"error", "errors": [...]}`."""
    return tree.root / "var/lib/cloud/status.json"


class CloudInit:
    """The first boot of one machine."""

    def __init__(self, tree: Tree, accounts: Accounts, hostname: str, admin: str) -> None:
        self._tree = tree
        self._accounts = accounts
        self._hostname = hostname
        self._admin = admin
        self._errors: list[str] = []

    def first_boot(self, custom_data: bytes, keys: list[str], run: RunAsRoot) -> None:
        """Make users, keys and files, unless an earlier boot has done so."""
        file = status_file(self._tree)
        if file.exists() and json.loads(file.read_text())["status"] != "running":
            return
        file.write_text(json.dumps({"status": "running", "errors": []}))
        config = self._parse(custom_data)
        hostname = str(config.pop("hostname", None) or self._hostname)
        (self._tree.root / "etc/hostname").write_text(f"{hostname}\n")
        self._add_user({"name": self._admin, "ssh_authorized_keys": keys})
        steps: dict[str, Callable[[Any], None]] = {
            "users": self._users,
            "ssh_keys": self._host_keys,
            "ssh_authorized_keys": lambda value: self._authorize(self._admin, value),
            "ssh_pwauth": self._no_passwords,
            "disable_root": lambda value: None,
            "write_files": self._files,
            "packages": lambda value: self._check(run("apt-get install -y " + " ".join(value))),
            "bootcmd": lambda value: self._commands(value, run),
            "runcmd": lambda value: self._commands(value, run),
        }
        for key, step in steps.items():
            if key in config:
                self._try(key, step, config[key])
        unknown = set(config) - set(steps) - _ACCEPTED
        self._errors += [f"unknown top-level key: {key}" for key in sorted(unknown)]
        status = {"status": "error" if self._errors else "done", "errors": self._errors}
        file.write_text(json.dumps(status))
        log = self._tree.root / "var/log/cloud-init.log"
        log.write_text("".join(f"ERROR: {each}\n" for each in self._errors) + "finished\n")

    def _parse(self, custom_data: bytes) -> dict[str, Any]:
        text = custom_data.decode(errors="replace")
        if not text.strip():
            return {}
        if not text.startswith("#cloud-config"):
            self._errors.append("the user-data does not begin with #cloud-config")
            return {}
        try:
            config = yaml.safe_load(text)
        except yaml.YAMLError as error:
            self._errors.append(f"the user-data is not YAML: {error}")
            return {}
        return dict(config) if isinstance(config, Mapping) else {}

    def _try(self, key: str, step: Callable[[Any], None], value: Any) -> None:
        try:
            step(value)
        except (AccountError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._errors.append(f"{key}: {error!r}")

    def _users(self, users: list[Any]) -> None:
        for user in users:
            if user != "default":
                self._add_user(user)

    def _add_user(self, user: Mapping[str, Any]) -> None:
        name = str(user["name"])
        if self._accounts.user(name) is None:
            self._accounts.add_user(
                name,
                shell=str(user.get("shell", "/bin/bash")),
                create_home=True,
                comment=str(user.get("gecos", "")),
            )
        if user.get("sudo") or name == self._admin:
            rule = self._tree.root / "etc/sudoers.d" / f"90-{name}"
            rule.write_text(f"{name} ALL=(ALL) NOPASSWD:ALL\n")
        self._authorize(name, user.get("ssh_authorized_keys") or [])

    def _authorize(self, name: str, keys: list[str]) -> None:
        user = self._accounts.user(name)
        if user is None:
            raise ValueError(f"no user {name}")
        folder = Path(user.home) / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "authorized_keys"
        known = file.read_text().splitlines() if file.exists() else []
        lines = [*known, *(key.strip() for key in keys if key.strip() not in known)]
        file.write_text("".join(f"{line}\n" for line in lines))
        file.chmod(0o600)

    def _host_keys(self, keys: Mapping[str, str]) -> None:
        if "ed25519_private" not in keys:
            raise ValueError("this machine's SSH server takes only ed25519 host keys")
        file = self._tree.root / "etc/ssh/ssh_host_ed25519_key"
        file.touch(mode=0o600)
        file.write_text(keys["ed25519_private"])

    def _no_passwords(self, value: Any) -> None:
        if value not in (False, "unchanged"):
            raise ValueError("this machine's SSH server takes no passwords")

    def _files(self, files: list[Mapping[str, Any]]) -> None:
        for file in files:
            path = self._tree.inside(str(file["path"]))
            path.parent.mkdir(parents=True, exist_ok=True)
            encoding = str(file.get("encoding", ""))
            content = str(file.get("content", "")).encode()
            if encoding in ("b64", "base64", "gz+b64", "gz+base64"):
                content = base64.b64decode(content)
            if encoding.startswith("gz"):
                content = gzip.decompress(content)
            with path.open("ab" if file.get("append") else "wb") as target:
                target.write(content)
            path.chmod(int(str(file.get("permissions", "0644")), 8))

    def _commands(self, commands: list[Any], run: RunAsRoot) -> None:
        for command in commands:
            text = command if isinstance(command, str) else shlex.join(command)
            self._check(run(text))

    def _check(self, done: Answer) -> None:
        if done.status != 0:
            raise ValueError(f"a command ended with {done.status}: {done.stderr[-500:]}")
