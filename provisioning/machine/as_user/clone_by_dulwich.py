"""Clone a repository without git: `clone_by_dulwich.py LIBRARY URL FOLDER [AUTHORITIES]`.

LIBRARY is the folder in which dulwich is installed, AUTHORITIES a PEM file to trust instead of the
system's certificates. Only the latest commit of the default branch is cloned, over https. Filters,
Git LFS and submodules of the repository are ignored. If it fails, the last line on standard error
is the reason.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dulwich.client import FetchPackResult, HttpGitClient
    from dulwich.repo import Repo

_SILENT_SECONDS = 60.0
_HEAD = b"HEAD"
_ORIGIN = (b"remote", b"origin")


class _Refusal(Exception):  # noqa: N818 - no error of this program
    """The repository can't be cloned; the text is a reason for the owner."""


def main(arguments: list[str]) -> int:
    """Clone, and return the exit status: 0, or 1 with a reason on standard error."""
    library, url, folder, *authorities = arguments
    sys.path.insert(0, library)
    try:
        _clone(_client(url, authorities), url, folder)
    except Exception as error:  # a server can send anything, so any error is possible
        print(_reason(error, url), file=sys.stderr)
        return 1
    return 0


def _client(url: str, authorities: list[str]) -> HttpGitClient:
    """Return a client for https only, through the environment's proxy if there is one."""
    if urlsplit(url).scheme != "https":
        raise _Refusal(f"transport '{urlsplit(url).scheme}' not allowed")
    if not authorities:
        import truststore  # noqa: PLC0415

        # Windows fetches trusted root certificates on demand, which OpenSSL can't.
        truststore.inject_into_ssl()
    from dulwich.client import HttpGitClient, default_urllib3_manager  # noqa: PLC0415
    from dulwich.config import ConfigDict  # noqa: PLC0415
    from urllib3 import PoolManager  # noqa: PLC0415

    config = ConfigDict()  # empty, instead of a member's own configuration
    for file in authorities:
        config.set((b"http",), b"sslCAInfo", os.fsencode(file))
    pool = default_urllib3_manager(config, base_url=url, timeout=_SILENT_SECONDS)
    if not isinstance(pool, PoolManager):
        raise TypeError("dulwich returned another kind of connection pool")
    pool.key_fn_by_scheme = {"https": pool.key_fn_by_scheme["https"]}  # also for redirects
    return HttpGitClient(url, pool_manager=pool, config=config, timeout=_SILENT_SECONDS, quiet=True)


def _clone(client: HttpGitClient, url: str, folder: str) -> None:
    """Fetch the commit, then set the references, then write the files."""
    from dulwich.repo import Repo  # noqa: PLC0415

    with Repo.init(folder, mkdir=True) as repo:
        config = repo.get_config()
        config.set(_ORIGIN, b"url", url.encode())
        config.set(_ORIGIN, b"fetch", b"+refs/heads/*:refs/remotes/origin/*")
        config.write_to_path()
        # The file is in the repository's folder, so that `clone.py` counts its size.
        with tempfile.NamedTemporaryFile(dir=repo.controldir(), prefix="incoming-") as pack:
            fetched = client.fetch_pack(
                urlsplit(url).path.encode(),
                _only_head,
                repo.get_graph_walker(),
                pack.write,
                depth=1,
                ref_prefix=[_HEAD],
            )
            if fetched.object_format not in (None, repo.object_format.name):
                raise _Refusal("its objects use another hash than SHA-1, which is not supported")
            if pack.tell():
                pack.seek(0)
                repo.object_store.add_thin_pack(pack.read, None)
        if _only_head(fetched.refs):
            _set_refs(repo, fetched)
            _check_out(repo)


def _only_head(refs: Mapping[Any, Any], depth: int | None = None) -> list[Any]:
    """Return the commit that HEAD names; an empty list for an empty repository."""
    return [refs[_HEAD]] if refs.get(_HEAD) else []


def _set_refs(repo: Repo, fetched: FetchPackResult) -> None:
    """Set the references as git does: the branch, its upstream, and the end of the history."""
    from dulwich.refs import Ref  # noqa: PLC0415

    repo.update_shallow(fetched.new_shallow, fetched.new_unshallow)
    commit = fetched.refs[Ref(_HEAD)]
    assert commit is not None  # noqa: S101 - the caller has checked it
    branch = fetched.symrefs.get(Ref(_HEAD))
    if branch is None or not branch.startswith(b"refs/heads/"):
        repo.refs[Ref(_HEAD)] = commit
        return
    name = branch.removeprefix(b"refs/heads/")
    repo.refs[branch] = commit
    repo.refs[Ref(b"refs/remotes/origin/" + name)] = commit
    repo.refs.set_symbolic_ref(
        Ref(b"refs/remotes/origin/HEAD"), Ref(b"refs/remotes/origin/" + name)
    )
    repo.refs.set_symbolic_ref(Ref(_HEAD), branch)
    config = repo.get_config()
    config.set((b"branch", name), b"remote", b"origin")
    config.set((b"branch", name), b"merge", branch)
    config.write_to_path()


def _check_out(repo: Repo) -> None:
    """Write the files without filters: a filter would fetch Git LFS files from elsewhere."""
    from dulwich.index import (  # noqa: PLC0415
        build_index_from_tree,
        get_path_element_validator,
        get_symlink_fn,
    )
    from dulwich.objects import Commit  # noqa: PLC0415

    config, head = repo.get_config(), repo[repo.head()]
    if not isinstance(head, Commit):
        raise _Refusal("its HEAD is no commit")
    build_index_from_tree(
        repo.path,
        repo.index_path(),
        repo.object_store,
        head.tree,
        honor_filemode=os.name != "nt",
        validate_path_element=get_path_element_validator(config),
        symlink_fn=get_symlink_fn(config),
    )


def _reason(error: Exception, url: str) -> str:
    """Return the reason in few words, without the retries that urllib3 wraps around it."""
    from dulwich.client import HTTPUnauthorized  # noqa: PLC0415
    from dulwich.errors import NotGitRepository  # noqa: PLC0415
    from urllib3.exceptions import (  # noqa: PLC0415
        MaxRetryError,
        NameResolutionError,
        SSLError,
        URLSchemeUnknown,
    )

    cause: BaseException | None = error.__cause__
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(error, NotGitRepository):
        return f"repository '{url}' not found"
    if isinstance(error, HTTPUnauthorized):
        return "it is not public"
    if isinstance(cause, URLSchemeUnknown):
        return f"transport '{cause.scheme}' not allowed"
    if isinstance(cause, SSLError):
        return f"its server's certificate is not trusted ({cause})"
    if isinstance(cause, NameResolutionError):
        return "its server's name is unknown"
    return " ".join(str(cause or error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
