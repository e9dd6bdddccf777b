"""List a member's own packages: `own_packages.py ENVIRONMENT`, with a lock on standard input.

Prints `{"packages": [requirement, ...]}`: the installed packages that the lock does not have at
that version. The environment's own Python need not work, so the program reads the files that
installers leave. Python 3.9 or newer runs it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
_INSTALLED = re.compile(r"(.+)-([^-]+)\.dist-info")
_MOST = 1000


def main() -> None:
    """Read the lock and print the list."""
    locked = {(normal(name), version) for name, version in _PINNED.findall(sys.stdin.read())}
    print(json.dumps({"packages": own_packages(Path(sys.argv[1]), locked)}))


def own_packages(environment: Path, locked: set[tuple[str, str]]) -> list[str]:
    """Return a requirement for each installed package that is not locked, in their order."""
    found = set()
    places = ("lib/python3*/site-packages", "Lib/site-packages")
    for folder in (each for place in places for each in environment.glob(f"{place}/*.dist-info")):
        match = _INSTALLED.fullmatch(folder.name)
        if match and (normal(match[1]), match[2]) not in locked:
            found.add(_source(folder, match[1]) or f"{match[1]}=={match[2]}")
    return sorted(found, key=str.lower)[:_MOST]


def _source(folder: Path, name: str) -> str:
    """Return the requirement of a package that came from an address or a folder, or ""."""
    try:
        source = json.loads((folder / "direct_url.json").read_text(encoding="utf-8"))
        url, commit = str(source["url"]), source.get("vcs_info", {}).get("commit_id")
        vcs = source.get("vcs_info", {}).get("vcs")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return f"{name} @ {vcs}+{url}@{commit}" if vcs else f"{name} @ {url}"


def normal(name: str) -> str:
    """Return the name in the form in which two names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
