"""The users and groups of a machine, in the formats of /etc/passwd and /etc/group.

A process machine has no users of the kernel: all its processes run as the user who runs the
sandbox. The accounts decide who may sign in, what `id` and `sudo` print, and where a home is. The
stand-ins import this module too, so it imports little.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree

NO_LOGIN = "/usr/sbin/nologin"
_SYSTEM_IDS, _HUMAN_IDS = range(999, 99, -1), range(1000, 60000)


@dataclass(frozen=True)
class User:
    """A line of /etc/passwd. `home` is a path of the computer, inside the machine's tree."""

    name: str
    uid: int
    gid: int
    comment: str
    home: str
    shell: str

    @property
    def may_sign_in(self) -> bool:
        return not self.shell.endswith(("/nologin", "/false"))


@dataclass(frozen=True)
class Group:
    """A line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...]


class AccountError(Exception):
    """The accounts don't allow a change; the message is shadow-utils' own."""


class Accounts:
    """The account files of one machine. Every change is written at once, under a lock."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._passwd = tree.root / "etc/passwd"
        self._group = tree.root / "etc/group"

    def create(self) -> None:
        """Write the accounts that every image has, unless the disk already has accounts."""
        if self._passwd.exists():
            return
        system = (
            ("daemon", 1, "/usr/sbin"),
            ("www-data", 33, "/var/www"),
            ("nobody", 65534, "/run"),
            ("sshd", 109, "/run/sshd"),
        )
        users = [User("root", 0, 0, "root", str(self._tree.root / "root"), "/bin/bash")]
        users += [
            User(name, uid, uid, name, str(self._tree.inside(home)), NO_LOGIN)
            for name, uid, home in system
        ]
        groups = [
            ("root", 0),
            ("daemon", 1),
            ("adm", 4),
            ("sudo", 27),
            ("www-data", 33),
            ("systemd-journal", 101),
            ("users", 100),
            ("sshd", 109),
            ("nogroup", 65534),
        ]
        self._write_users(users)
        self._write_groups([Group(name, gid, ()) for name, gid in groups])

    def users(self) -> list[User]:
        return [User(f[0], int(f[2]), int(f[3]), f[4], f[5], f[6]) for f in _records(self._passwd)]

    def groups(self) -> list[Group]:
        return [
            Group(f[0], int(f[2]), tuple(name for name in f[3].split(",") if name))
            for f in _records(self._group)
        ]

    def user(self, name_or_id: str) -> User | None:
        return next((u for u in self.users() if name_or_id in {u.name, str(u.uid)}), None)

    def group(self, name_or_id: str) -> Group | None:
        return next((g for g in self.groups() if name_or_id in {g.name, str(g.gid)}), None)

    def groups_of(self, user: User) -> list[Group]:
        """Return the user's groups, the primary group first."""
        found = [g for g in self.groups() if g.gid == user.gid or user.name in g.members]
        return sorted(found, key=lambda group: group.gid != user.gid)

    def add_group(self, name: str, *, gid: int | None = None, system: bool = False) -> Group:
        with self._locked():
            groups = self.groups()
            if any(group.name == name for group in groups):
                raise AccountError(f"group '{name}' already exists")
            used = {group.gid for group in groups}
            if gid in used:
                raise AccountError(f"GID '{gid}' already exists")
            group = Group(name, _free(used, system) if gid is None else gid, ())
            self._write_groups([*groups, group])
            return group

    def add_user(
        self,
        name: str,
        *,
        uid: int | None = None,
        group: str | None = None,
        groups: Sequence[str] = (),
        comment: str = "",
        home: str | None = None,
        shell: str = "/bin/sh",
        system: bool = False,
        create_home: bool = False,
    ) -> User:
        """Add a user; without a `group`, a group of the user's name is made.

        Raise AccountError if the name or number is taken, or a group is missing.
        """
        if self.user(name):
            raise AccountError(f"user '{name}' already exists")
        self._require_groups([*groups, *([group] if group else [])])
        primary = (self.group(group) if group else None) or self.add_group(name, system=system)
        with self._locked():
            users = self.users()
            used = {user.uid for user in users}
            if uid in used:
                raise AccountError(f"UID {uid} is not unique")
            number = _free(used, system) if uid is None else uid
            place = self._tree.inside(home or f"/home/{name}")
            user = User(name, number, primary.gid, comment, str(place), shell)
            self._write_users([*users, user])
            self._join(name, groups)
        if create_home:
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o750)
        return user

    def change_user(
        self,
        name: str,
        *,
        shell: str | None = None,
        home: str | None = None,
        comment: str | None = None,
        groups: Sequence[str] = (),
        append: bool = True,
    ) -> User:
        self._require_groups(groups)
        with self._locked():
            user = self._known(name)
            changed = replace(
                user,
                shell=user.shell if shell is None else shell,
                home=user.home if home is None else str(self._tree.inside(home)),
                comment=user.comment if comment is None else comment,
            )
            self._write_users([changed if u.name == name else u for u in self.users()])
            if groups and not append:
                self._leave(name)
            self._join(name, groups)
            return changed

    def remove_user(self, name: str) -> User:
        """Remove a user, and the user's own group."""
        with self._locked():
            user = self._known(name)
            self._write_users([u for u in self.users() if u.name != name])
            self._leave(name)
            self._write_groups(
                [g for g in self.groups() if not (g.name == name and g.gid == user.gid)]
            )
            return user

    def _known(self, name: str) -> User:
        user = self.user(name)
        if user is None:
            raise AccountError(f"user '{name}' does not exist")
        return user

    def _require_groups(self, names: Sequence[str]) -> None:
        for name in names:
            if self.group(name) is None:
                raise AccountError(f"group '{name}' does not exist")

    def _join(self, name: str, groups: Sequence[str]) -> None:
        self._write_groups(
            [
                replace(g, members=(*g.members, name))
                if g.name in groups and name not in g.members
                else g
                for g in self.groups()
            ]
        )

    def _leave(self, name: str) -> None:
        self._write_groups(
            [replace(g, members=tuple(m for m in g.members if m != name)) for g in self.groups()]
        )

    def _write_users(self, users: Sequence[User]) -> None:
        _write(
            self._passwd,
            [f"{u.name}:x:{u.uid}:{u.gid}:{u.comment}:{u.home}:{u.shell}" for u in users],
        )

    def _write_groups(self, groups: Sequence[Group]) -> None:
        _write(self._group, [f"{g.name}:x:{g.gid}:{','.join(g.members)}" for g in groups])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._tree.root / "etc/.pwd.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _records(path: Path) -> list[list[str]]:
    return [line.split(":") for line in path.read_text().splitlines() if line]


def _write(path: Path, lines: Sequence[str]) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text("".join(f"{line}\n" for line in lines))
    new.replace(path)


def _free(used: set[int], system: bool) -> int:
    return next(n for n in (_SYSTEM_IDS if system else _HUMAN_IDS) if n not in used)
