"""The specification of a server that the bot sends, checked before anything is changed."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SetUpError

_ACCOUNT = re.compile(r"[a-z][a-z0-9-]{0,30}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_URL = re.compile(r"https://[^\s\"'\\]{1,500}")
_PEM = re.compile(r"-----BEGIN [\x20-\x7e\s]+-----END [A-Z ]+-----\s*")
_MAYBE_PEM = re.compile(rf"|{_PEM.pattern}")
_EMAIL = re.compile(r"|[^\s@\"']{1,64}@[A-Za-z0-9.-]{1,190}")
_ZONE = re.compile(r"|[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_ROOT = re.compile(r"[^\"'\\$\x00-\x1f]+")


class SpecificationError(SetUpError):
    """A field of the specification is missing or wrong; the reason names the field."""


@dataclass(frozen=True)
class PlatformSection:
    """The adapters, packages and SSH service of this operating system.

    `os` is "linux" or "windows"; the adapters' names are the keys of the tables in `adapters`.
    """

    os: str
    package_manager: str
    service_manager: str
    firewall: str
    packages: tuple[str, ...]
    ssh_service: str


@dataclass(frozen=True)
class Owner:
    """The owner of the server: Slack id, name, and time zone (IANA's name), "" if unknown."""

    id: str
    name: str
    zone: str = ""


@dataclass(frozen=True)
class TlsSection:
    """Where the certificate comes from.

    `mode` is one of three:
    - `self-signed`;
    - `organisation`: `certificate` and `key` are PEM;
    - `acme`: `directory` is the authority's address, `http_port` the port on which it checks the
      proof, `authorities` the PEM certificates by which the machine trusts it.
    """

    mode: str = "self-signed"
    hostname: str = ""
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    directory: str = ""
    email: str = ""
    authorities: str = ""
    http_port: int = 80

    @property
    def open_port(self) -> int | None:
        """The port that must be reachable besides SSH and the public port, or None."""
        return self.http_port if self.mode == "acme" else None


@dataclass(frozen=True)
class Specification:
    """The specification of one notebook server.

    `root` is the absolute folder that every path is below. Jupyter listens on `bind_address` and
    `notebook_port`; browsers connect to `public_port`. `hostnames` are the names and addresses of
    the certificate.
    """

    server_id: str
    server_name: str
    root: Path
    notebook_user: str
    bind_address: str
    notebook_port: int
    public_port: int
    ssh_port: int
    url: str
    hostnames: tuple[str, ...]
    platform: PlatformSection
    owner: Owner
    tls: TlsSection = TlsSection()

    @classmethod
    def parse(cls, data: object) -> Specification:
        """Check a decoded JSON object. Raises `SpecificationError` naming the first bad field."""
        fields = _Fields(data)
        owner = _Fields(fields.value("owner"))
        ports = [fields.port(name) for name in ("notebook_port", "public_port", "ssh_port")]
        if len(set(ports)) < len(ports):
            raise SpecificationError("notebook_port, public_port and ssh_port must differ.")
        return cls(
            server_id=fields.text("server_id", _NAME),
            server_name=fields.text("server_name", _NAME),
            root=absolute_root(fields.text("root", _ROOT)),
            notebook_user=fields.text("notebook_user", _ACCOUNT),
            bind_address=fields.address("bind_address"),
            notebook_port=ports[0],
            public_port=ports[1],
            ssh_port=ports[2],
            url=fields.text("url", _URL),
            hostnames=fields.texts("hostnames", _HOST, at_least=1),
            platform=parse_platform(fields.value("platform")),
            owner=Owner(owner.text("id"), owner.text("name"), zone_in(fields.value("owner"))),
            tls=parse_tls(data.get("tls")) if isinstance(data, Mapping) else TlsSection(),
        )


def zone_in(owner: object) -> str:
    """Return the field `zone`, "" if it is missing. Raises `SpecificationError` if it is none."""
    zone = owner.get("zone", "") if isinstance(owner, Mapping) else ""
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise SpecificationError("The owner's zone is not the name of a time zone.")
    return zone


def parse_platform(data: object) -> PlatformSection:
    """Check the platform section. Raises `SpecificationError` naming the first bad field."""
    fields = _Fields(data)
    return PlatformSection(
        os=fields.text("os"),
        package_manager=fields.text("package_manager"),
        service_manager=fields.text("service_manager"),
        firewall=fields.text("firewall"),
        packages=fields.texts("packages", _PACKAGE),
        ssh_service=fields.text("ssh_service", _PACKAGE),
    )


def parse_tls(data: object) -> TlsSection:
    """Check the TLS section; without one the certificate is self-signed."""
    if data is None:
        return TlsSection()
    fields = _Fields(data)
    mode = fields.text("mode")
    if mode == "self-signed":
        return TlsSection()
    if mode == "organisation":
        return TlsSection(
            mode=mode,
            certificate=fields.text("certificate", _PEM),
            key=fields.text("key", _PEM),
        )
    if mode == "acme":
        return TlsSection(
            mode=mode,
            hostname=fields.text("hostname", _HOST),
            directory=fields.text("directory", _URL),
            email=fields.text("email", _EMAIL),
            authorities=fields.text("authorities", _MAYBE_PEM),
            http_port=fields.port("http_port"),
        )
    raise SpecificationError("mode must be self-signed, organisation or acme.")


class _Fields:
    def __init__(self, data: object) -> None:
        if not isinstance(data, Mapping):
            raise SpecificationError("The specification and its sections must be JSON objects.")
        self._data = data

    def value(self, name: str) -> object:
        if name not in self._data:
            raise SpecificationError(f"The specification lacks {name!r}.")
        return self._data[name]

    def text(self, name: str, pattern: re.Pattern[str] = re.compile(r".{1,200}")) -> str:
        return _checked(name, self.value(name), pattern)

    def texts(self, name: str, pattern: re.Pattern[str], at_least: int = 0) -> tuple[str, ...]:
        values = self.value(name)
        if not isinstance(values, list) or len(values) < at_least:
            raise SpecificationError(f"{name} must be a list of {at_least} or more.")
        return tuple(_checked(name, value, pattern) for value in values)

    def port(self, name: str) -> int:
        value = self.value(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
            raise SpecificationError(f"{name} must be a port from 1 to 65535, not {value!r}.")
        return value

    def address(self, name: str) -> str:
        return self._converted(name, lambda text: str(ipaddress.ip_address(text)), "an IP address")

    def _converted(self, name: str, convert: Callable[[str], str], what: str) -> str:
        text = self.text(name)
        try:
            return convert(text)
        except ValueError:
            raise SpecificationError(f"{name} must be {what}, not {text!r}.") from None


def absolute_root(text: str) -> Path:
    """Return a root as an absolute path.

    A relative root is relative to the working directory, which is the admin account's home.
    """
    return Path(os.path.normpath(Path.cwd() / text))


def _checked(name: str, value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        # The value may be a private key, so the message must not repeat it.
        shown = "" if pattern is _PEM else f": {value!r}"
        raise SpecificationError(f"{name} is not usable{shown}.")
    return value
