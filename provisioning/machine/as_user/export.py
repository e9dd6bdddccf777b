"""List notebooks, convert one to HTML, or read one: one JSON object on standard input.

`{"do": "list", "work"}` prints `{"notebooks": [path, ...]}`, the latest first. `{"do": "export",
"work", "notebook"}` prints `{"path", "html"}`, or `{"path", "unreadable"}` with a word of
`saved_notebook.KINDS`. `{"do": "file", ...}` prints `{"path", "file"}`, the file in base64. For a
notebook that is not there, both print `{"unknown": [path, ...]}` with the existing ones. Paths are
relative to `work`, as people read them. No cell is run: the documents have the saved output.
Nothing of a document runs on its reader's computer (`plain_notebook`). The environment's Python
runs this program, for nbconvert.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
saved_notebook = importlib.import_module("saved_notebook")

MOST_LISTED = 50
_SEARCH_SECONDS = 3.0


def main() -> None:
    """Read the request and print the answer."""
    print(json.dumps(answer(json.load(sys.stdin))))


def answer(request: dict[str, str]) -> dict[str, Any]:
    """List, export or read, as `do` says."""
    work = Path(request["work"]).resolve()
    if request["do"] == "list":
        return {"notebooks": notebooks(work)}
    file = find(work, request["notebook"])
    if file is None:
        return {"unknown": notebooks(work)}
    return documents(work, file) if request["do"] == "export" else as_it_is(work, file)


def notebooks(work: Path) -> list[str]:
    """Return the notebooks below `work`, without hidden folders, the latest first."""
    return [_shown(work, path) for path in _files(work)[:MOST_LISTED]]


def _files(work: Path) -> list[Path]:
    found: list[tuple[float, Path]] = []
    deadline = time.monotonic() + _SEARCH_SECONDS
    for folder, names, files in os.walk(work):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if not name.startswith(".") and is_notebook(path.resolve(), work):
                with contextlib.suppress(OSError):  # a broken link, or removed meanwhile
                    found.append((path.stat().st_mtime, path))
        if time.monotonic() > deadline:
            break
    return [path for _, path in sorted(found, reverse=True)]


def find(work: Path, name: str) -> Path | None:
    """Return the notebook with this path, with or without `.ipynb`, or None.

    A name that differs in case, quotes or spaces finds a notebook too, and a name without a folder
    one elsewhere, if only one is meant. A path that leads out of `work` by links or dots finds
    nothing.
    """
    exact = ((work / each).resolve() for each in (name, f"{name}.ipynb"))
    found = next((path for path in exact if is_notebook(path, work)), None)
    if found is not None:
        return found
    files = [(path.resolve(), saved_notebook.folded(_shown(work, path))) for path in _files(work)]
    wanted = saved_notebook.folded(name).removesuffix(".ipynb")
    for part in (0, -1):  # by the whole path, then by the name alone
        same = {path for path, shown in files if _without(shown, part) == wanted}
        if len(same) == 1:
            return same.pop()
    return None


def _without(shown: str, part: int) -> str:
    path = shown.removesuffix(".ipynb")
    return path if part == 0 else path.rpartition("/")[2]


def _shown(work: Path, file: Path) -> str:
    return str(saved_notebook.shown(file.relative_to(work).as_posix()))


def is_notebook(path: Path, work: Path) -> bool:
    """Return whether a resolved path is a notebook below `work`."""
    is_named = path.suffix.lower() == ".ipynb"
    return is_named and path.is_file() and path.is_relative_to(work)


def documents(work: Path, file: Path) -> dict[str, Any]:
    """Return the notebook as an HTML page, or the kind of damage that makes it unreadable."""
    path = _shown(work, file)
    try:
        return {"path": path, "html": _page(file, Path(path).stem)}
    except saved_notebook.UnreadableError as error:
        return {"path": path, "unreadable": error.kind}


def _page(file: Path, title: str) -> str:
    notebook = saved_notebook.read(file)
    failures = []
    for with_pictures in (True, False):  # a picture that is a folder or may not be read stops it
        try:
            return _converted(notebook, title, file.parent, embed_images=with_pictures)
        except Exception as error:  # nbconvert raises anything, a recursion's end included
            failures.append(f"{type(error).__name__}: {error}"[:500])
    print("\n".join(failures), file=sys.stderr)
    raise saved_notebook.UnreadableError("not-drawn")


def _converted(notebook: dict[str, Any], title: str, folder: Path, *, embed_images: bool) -> str:
    import nbconvert  # noqa: PLC0415 - listing does not need it

    plain = importlib.import_module("plain_notebook")
    exporter = nbconvert.HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="lab",
        embed_images=embed_images,
        sanitize_html=True,
        filters={"clean_html": plain.clean},
    )
    resources = {"metadata": {"name": title, "path": str(folder)}}
    page, _ = exporter.from_notebook_node(plain.plain_notebook(notebook), resources=resources)
    return str(saved_notebook.whole(page))


def as_it_is(work: Path, file: Path) -> dict[str, Any]:
    """Return the notebook's file, or that it is too large."""
    path = _shown(work, file)
    if file.stat().st_size > saved_notebook.LARGEST:
        return {"path": path, "unreadable": "too-large"}
    return {"path": path, "file": base64.b64encode(file.read_bytes()).decode()}


if __name__ == "__main__":
    main()
