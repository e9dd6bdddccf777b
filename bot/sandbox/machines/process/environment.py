"""The environment of every process of a machine.

It is clean: of the sandbox's own variables only those come in that stand for what a
machine's network would give it: proxies, the certificate authorities of the network, and
where packages come from.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.tree import Tree

_FROM_THE_NETWORK = tuple(
    (
        "SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE http_proxy https_proxy "
        "no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY"
    ).split()
)
_PACKAGE_SOURCES = ("PIP_", "UV_")
# A virtual environment or tool settings of whoever runs the sandbox are not the network's.
_NOT_FROM_OUTSIDE = frozenset(
    (
        "UV_PROJECT_ENVIRONMENT UV_PYTHON UV_RUN_RECURSION_DEPTH UV_WORKING_DIR "
        "PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_PREFIX PIP_USER"
    ).split()
)
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def network_environment(environ: Mapping[str, str], package_cache: Path) -> dict[str, str]:
    """What a machine's network gives it, taken from the sandbox's environment.

    `package_cache` becomes uv's cache for all machines, unless UV_CACHE_DIR is set: it
    stands for a package mirror near the machines, so that fifty of them don't fetch the
    same hundred packages fifty times.
    """
    names = [name for name in _FROM_THE_NETWORK if environ.get(name)]
    names += [
        name
        for name in environ
        if name.startswith(_PACKAGE_SOURCES) and name not in _NOT_FROM_OUTSIDE
    ]
    return {"UV_CACHE_DIR": str(package_cache), **{name: environ[name] for name in names}}


def search_path(tree: Tree) -> str:
    """The PATH of a machine: its own programs and stand-ins first, then the computer's."""
    own = (str(tree.root / folder.lstrip("/")) for folder in _SYSTEM_PATH.split(":")[:4])
    return ":".join((*own, _SYSTEM_PATH))


def user_environment(
    tree: Tree, machine_id: str, user: User, network: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a fresh session of `user`.

    `MACHINE_DIR` tells the stand-ins which machine they are on, and finds the processes of
    a machine that was cut off; `MACHINE_USER` stands for the credentials that a process of
    this kind doesn't have.
    """
    return {
        **network,
        "HOME": user.home,
        "USER": user.name,
        "LOGNAME": user.name,
        "SHELL": login_shell(user),
        "PATH": search_path(tree),
        "LANG": "C.UTF-8",
        "TMPDIR": str(tree.root / "tmp"),
        "MACHINE_ID": machine_id,
        "MACHINE_DIR": str(tree.directory),
        "MACHINE_USER": user.name,
    }


def login_shell(user: User) -> str:
    """The user's shell, or sh where the computer doesn't have it."""
    return user.shell if os.access(user.shell, os.X_OK) else "/bin/sh"
