"""Tiny repositories of real packages, and package managers that are confined to a folder.

The programs are the computer's own zypper, rpm, apt-get and dpkg-query; wrappers on PATH give
them the options with which they leave the computer alone.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SPEC = """\
Name: {name}
Version: 1.0
Release: 1
Summary: A package of the tests
License: MIT
BuildArch: noarch
Provides: /bin/sh
{needs}
%description
A package of the tests.
%install
mkdir -p %{{buildroot}}/usr/bin
echo '{program}' > %{{buildroot}}/usr/bin/{command}
chmod 755 %{{buildroot}}/usr/bin/{command}
{script}
%files
/usr/bin/{command}
"""


def require(*programs: str) -> None:
    """Skip where they are not installed; CI has them."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)}")
    if missing:
        pytest.skip(f"this computer has no {', '.join(missing)}")


def wrapper(folder: Path, name: str, line: str) -> None:
    """A shell file of one line on the test's PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


class Suse:
    """A root folder with one repository, and what was asked of zypper."""

    def __init__(self, folder: Path) -> None:
        require("zypper", "rpm", "rpmbuild", "createrepo_c")
        self.root, self.bin = folder / "root", folder / "bin"
        self._folder, self._repository = folder, folder / "repository"
        self._calls = folder / "calls"
        self._calls.touch()
        for each in (self.root / "run", self._repository):
            each.mkdir(parents=True)
        zypper, rpm = shutil.which("zypper"), shutil.which("rpm")
        wrapper(
            self.bin,
            "zypper",
            f'echo "$*" >>{self._calls}\n'
            f'ZYPP_LOGFILE={folder}/zypper.log exec {zypper} --root {self.root} "$@"',
        )
        wrapper(self.bin, "rpm", f'exec {rpm} --root {self.root} "$@"')
        self.add_repository("local", self._repository)

    def add_repository(self, name: str, folder: Path) -> None:
        """By its name; the folder need not be there."""
        line = ("addrepo", "--no-gpgcheck", f"dir://{folder}", name)
        subprocess.run([self.bin / "zypper", *line], check=True, capture_output=True)
        self._calls.write_text("")

    def publish(self, name: str, *, needs: str = "", script: str = "", **files: str) -> None:
        """Build a package whose one file is `/usr/bin/<command>`, and put it there."""
        program = files.get("program", "")
        spec = self._folder / f"{name}.spec"
        command = files.get("command", name)
        spec.write_text(
            SPEC.format(name=name, needs=needs, script=script, program=program, command=command)
        )
        places = [f"_topdir {self._folder}/build", f"_rpmdir {self._repository}"]
        options = [word for place in places for word in ("--define", place)]
        subprocess.run(["rpmbuild", "-bb", "--quiet", *options, spec], check=True)
        subprocess.run(["createrepo_c", "--quiet", self._repository], check=True)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


class Debian:
    """A root folder with one repository for apt-get and dpkg."""

    def __init__(self, folder: Path) -> None:
        require("apt-get", "dpkg-deb", "apt-ftparchive")
        self.root, self.bin = folder / "root", folder / "bin"
        self._folder, self._repository = folder, folder / "repository"
        self._calls = folder / "calls"
        self._calls.touch()
        for each in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d",
                     "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/cache/apt/archives/partial",
                     "var/lib/apt/lists/partial", "var/log/apt"):  # fmt: skip
            (self.root / each).mkdir(parents=True)
        self._repository.mkdir()
        for name in ("status", "available"):
            (self.root / "var/lib/dpkg" / name).touch()
        sources = self.root / "etc/apt/sources.list"
        sources.write_text(f"deb [trusted=yes] file:{self._repository} ./\n")
        configuration = folder / "apt.conf"
        configuration.write_text(
            f'Dir "{self.root}";\n'
            f'Dir::State::status "{self.root}/var/lib/dpkg/status";\n'
            'Dir::Bin::dpkg "/usr/bin/dpkg";\n'
            f'DPkg::Options {{ "--root={self.root}"; "--force-not-root"; }};\n'
            f'APT::Sandbox::User "{os.environ.get("USER") or "root"}";\n'
        )
        apt, query = shutil.which("apt-get"), shutil.which("dpkg-query")
        wrapper(
            self.bin,
            "apt-get",
            f'echo "$*" >>{self._calls}\nAPT_CONFIG={configuration} exec {apt} "$@"',
        )
        wrapper(self.bin, "dpkg-query", f'exec {query} --admindir={self.root}/var/lib/dpkg "$@"')

    def publish(self, name: str, *, needs: str = "") -> None:
        """Build a package with one file, and put it there."""
        tree = self._folder / name
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share" / name).mkdir(parents=True)
        (tree / "usr/share" / name / "it").write_text(name)
        depends = f"Depends: {needs}\n" if needs else ""
        (tree / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: 1.0\nArchitecture: all\n{depends}"
            "Maintainer: Tests <tests@example.com>\nDescription: a package of the tests\n"
        )
        build = ["dpkg-deb", "--root-owner-group", "--build", tree, self._repository]
        subprocess.run(build, check=True, capture_output=True)
        listed = subprocess.run(
            ["apt-ftparchive", "packages", "."], cwd=self._repository, check=True,
            capture_output=True,
        ).stdout  # fmt: skip
        (self._repository / "Packages").write_bytes(listed)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


def old_python(folder: Path) -> None:
    """A python3 that is too old, and no other one."""
    wrapper(folder, "python3", "exit 1")
    for minor in range(9, 15):
        wrapper(folder, f"python3.{minor}", "exit 127")
