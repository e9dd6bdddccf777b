"""This computer's package sources, so that its machines can use them too.

They are read from the settings of apt, pip and uv; no registry is named here.
"""

import ast
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

SUITE = "bookworm"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""The file in which a machine keeps the certificate authorities that it trusts."""

_DEBIAN = {(SUITE, "main"), (f"{SUITE}-updates", "main"), (f"{SUITE}-security", "main")}
_DISTRIBUTION_CERTIFICATES = Path("/usr/share/ca-certificates")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_URL = re.compile(r"(?:https?|socks5h?)://[^\s\"',]+")
_DEFAULT_INDEX = re.compile(r"Python\s+Package\s+Index\s+\(default\s+(\S+?)\)")
_NETWORK = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_APT_OPTIONS = re.compile(r'Acquire::(?:https?|Check-|Retries|Force|By-Hash)\S* "[^"]*";')
# Settings of this computer, not of its network.
_OWN = frozenset(
    (
        "PIP_CERT PIP_CACHE_DIR PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_PREFIX PIP_USER "
        "PIP_BREAK_SYSTEM_PACKAGES UV_CACHE_DIR UV_PROJECT_ENVIRONMENT UV_PYTHON "
        "UV_RUN_RECURSION_DEPTH UV_WORKING_DIR"
    ).split()
)


@dataclass(frozen=True)
class PackageSources:
    """Everything that a machine needs to install packages as this computer does.

    `environment` is for every process; `apt_sources` and `apt_options` are the text of files
    (empty: Debian's own); `certificates` are the authorities, in PEM, that Debian does not know;
    `local` are folders and files of this computer that the settings refer to.
    """

    environment: Mapping[str, str]
    apt_sources: str
    apt_options: str
    certificates: tuple[str, ...]
    local: tuple[str, ...]

    def without_local(self) -> "PackageSources":
        """Return the sources without those on this computer's own disk."""
        environment = {
            name: value
            for name, value in self.environment.items()
            if not any(path in value for path in self.local)
        }
        return replace(self, environment=environment, local=())

    def write(self, folder: Path) -> None:
        """Return the files that `build.sh` takes."""
        (folder / "sources.list").write_text(self.apt_sources)
        (folder / "apt.conf").write_text(self.apt_options)
        pairs = [f"{name}={value}" for name, value in self.environment.items()]
        environment = (f'{name}="{value}"\n' for name, value in self.environment.items())
        (folder / "environment").write_text("".join(environment))
        quoted = " ".join(f'"{pair.replace("%", "%%")}"' for pair in pairs)
        (folder / "system.conf").write_text(f"[Manager]\nDefaultEnvironment={quoted}\n")
        certificates = folder / "certificates"
        certificates.mkdir()
        for number, text in enumerate(self.certificates):
            (certificates / f"network-{number}.crt").write_text(f"{text}\n")

    def fingerprint(self) -> bytes:
        """Return a digest that is equal for equal settings."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def package_sources(environ: Mapping[str, str]) -> PackageSources:
    """Read this computer's sources from its files and from `environ`."""
    certificates = _extra_certificates(environ)
    environment = {name: environ[name] for name in _NETWORK if environ.get(name)}
    environment |= _pip_settings()
    environment |= {name: value for name, value in environ.items() if name.startswith("UV_")}
    for name in _OWN & environment.keys():
        del environment[name]
    if certificates:
        environment |= {"SSL_CERT_FILE": BUNDLE, "PIP_CERT": BUNDLE}
    return PackageSources(
        environment=dict(sorted(environment.items())),
        apt_sources=_apt_sources(),
        apt_options=_apt_options(),
        certificates=certificates,
        local=_local_paths(environment),
    )


def registries(sources: PackageSources) -> tuple[tuple[str, int], ...]:
    """Return host and port of every package registry.

    pip asks the package index where the index keeps its files. Raise CalledProcessError if the
    index can't be reached.
    """
    texts = [*sources.environment.values(), sources.apt_sources]
    if "PIP_INDEX_URL" not in sources.environment:
        texts += _DEFAULT_INDEX.findall(_output(_pip("install", "--help")))
    wanted = ("install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet")
    report = json.loads(_output(_pip(*wanted, "--report", "-", "pip")))
    texts += [each["download_info"]["url"] for each in report["install"]]
    urls = {url for text in texts for url in _URL.findall(text)}
    return tuple(sorted({_endpoint(url) for url in urls}))


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 1080)


def _pip(*words: str) -> Sequence[str]:
    return (sys.executable, "-m", "pip", "--disable-pip-version-check", *words)


def _pip_settings() -> dict[str, str]:
    """Return pip's settings as variables, which every version of pip understands."""
    settings = {}
    lines = _output(_pip("config", "list")).splitlines()
    # Variables come last: they win over files.
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        text = " ".join(str(ast.literal_eval(value)).split())
        settings[f"PIP_{name.rpartition('.')[2].upper().replace('-', '_')}"] = text
    return settings


def _apt_sources() -> str:
    """Return this computer's own mirrors of Debian, if it has any."""
    wanted = "$(CREATED_BY) deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    try:
        lines = _output(["apt-get", "indextargets", "--format", wanted]).splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
    found = {line.partition(" ")[2] for line in lines if line.startswith("Packages ")}
    ours = sorted(line for line in found if tuple(line.split()[2:]) in _DEBIAN)
    return "".join(f"{line}\n" for line in ours)


def _apt_options() -> str:
    try:
        lines = _output(["apt-config", "dump", "Acquire"]).splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
    return "".join(f"{line}\n" for line in lines if _APT_OPTIONS.fullmatch(line))


def _extra_certificates(environ: Mapping[str, str]) -> tuple[str, ...]:
    bundle = environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if not bundle or not Path(bundle).is_file():
        return ()
    known = {
        pem
        for file in _DISTRIBUTION_CERTIFICATES.rglob("*.crt")
        for pem in _PEM.findall(file.read_text())
    }
    trusted = _PEM.findall(Path(bundle).read_text())
    return tuple(pem for pem in dict.fromkeys(trusted) if pem not in known)


def _local_paths(environment: Mapping[str, str]) -> tuple[str, ...]:
    words = [
        # An index on disk has its files beside its pages.
        word.removeprefix("file://").removesuffix("/").removesuffix("/simple")
        for name, value in environment.items()
        if name.startswith(("PIP_", "UV_"))
        for word in value.split()
    ]
    paths = {word for word in words if word.startswith("/") and Path(word).exists()}
    return tuple(sorted(paths - {BUNDLE}))


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}
    )
    return done.stdout
