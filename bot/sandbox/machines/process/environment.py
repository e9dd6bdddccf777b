"""The environment of every process of a machine.

It is clean. Of the sandbox's own variables it has only those that stand for the machine's network:
proxies, certificate authorities of the network, and package sources.
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
# A virtual environment and tool settings belong to the user who runs the sandbox.
_NOT_FROM_OUTSIDE = frozenset(
    (
        "UV_PROJECT_ENVIRONMENT UV_PYTHON UV_RUN_RECURSION_DEPTH UV_WORKING_DIR "
        "PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_PREFIX PIP_USER"
    ).split()
)
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def network_environment(environ: Mapping[str, str], package_cache: Path) -> dict[str, str]:
    """Return what a machine's network gives it, from the sandbox's environment.

    `package_cache` becomes uv's cache for all machines, unless UV_CACHE_DIR is set. It stands for a
    package mirror near the machines: fifty of them don't fetch the same hundred packages fifty
    times.
    """
    names = [name for name in _FROM_THE_NETWORK if environ.get(name)]
    names += [
        name
        for name in environ
        if name.startswith(_PACKAGE_SOURCES) and name not in _NOT_FROM_OUTSIDE
    ]
    return {"UV_CACHE_DIR": str(package_cache), **{name: environ[name] for name in names}}


def search_path(tree: Tree) -> str:
    """Return the PATH of a machine: its own programs and stand-ins first, then the computer's."""
    own = (str(tree.root / folder.lstrip("/")) for folder in _SYSTEM_PATH.split(":")[:4])
    return ":".join((*own, _SYSTEM_PATH))


def user_environment(
    tree: Tree, machine_id: str, user: User, network: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of a fresh session of `user`.

    `MACHINE_DIR` tells the stand-ins which machine they are on, and marks the processes of a
    machine that was cut off. `MACHINE_USER` stands for the credentials that a process of this kind
    does not have.
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
    """Return the user's shell, or sh if the computer does not have it."""
    return user.shell if os.access(user.shell, os.X_OK) else "/bin/sh"
