"""List notebooks or convert one to HTML: `export.py` with one JSON object on standard input.

`{"do": "list", "work"}` prints `{"notebooks": [path, ...]}`, the latest first. `{"do": "export",
"work", "notebook"}` prints `{"path", "html", "print"}`, or `{"unknown": [path, ...]}` with the
existing notebooks. Paths are relative to `work`. No cell is run: the documents have the saved
output. Nothing of a document runs on its reader's computer (`plain_notebook`). The environment's
Python runs this program, for nbconvert.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

MOST_LISTED = 50
LARGEST = 32 * 1024 * 1024
"""Bytes of a notebook file."""
_SEARCH_SECONDS = 3.0


def main() -> None:
    """Read the request, list or export, and print the answer."""
    request = json.load(sys.stdin)
    work = Path(request["work"]).resolve()
    if request["do"] == "list":
        print(json.dumps({"notebooks": notebooks(work)}))
        return
    file = find(work, request["notebook"])
    print(json.dumps({"unknown": notebooks(work)} if file is None else documents(work, file)))


def notebooks(work: Path) -> list[str]:
    """Return the notebooks below `work`, without hidden folders, the latest first."""
    found: list[tuple[float, str]] = []
    deadline = time.monotonic() + _SEARCH_SECONDS
    for folder, names, files in os.walk(work):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if not name.startswith(".") and is_notebook(path.resolve(), work):
                with contextlib.suppress(OSError):  # a broken link, or removed meanwhile
                    found.append((path.stat().st_mtime, path.relative_to(work).as_posix()))
        if time.monotonic() > deadline:
            break
    return [path for _, path in sorted(found, reverse=True)[:MOST_LISTED]]


def find(work: Path, name: str) -> Path | None:
    """Return the notebook with this path, with or without `.ipynb`, or None.

    A name without a folder also finds a notebook elsewhere, if only one has that name. A path that
    leads out of `work` by links or dots finds nothing.
    """
    same = [each for each in notebooks(work) if Path(each).stem == Path(name).stem]
    meant = [same[0]] if "/" not in name and len(same) == 1 else []
    paths = ((work / each).resolve() for each in (name, f"{name}.ipynb", *meant))
    return next((path for path in paths if is_notebook(path, work)), None)


def is_notebook(path: Path, work: Path) -> bool:
    """Return whether a resolved path is a notebook below `work`."""
    return path.suffix == ".ipynb" and path.is_file() and path.is_relative_to(work)


def documents(work: Path, file: Path) -> dict[str, Any]:
    """Return the notebook as an HTML page, and as a page for printing."""
    if file.stat().st_size > LARGEST:
        raise SystemExit(f"the notebook is larger than {LARGEST // 1024 // 1024} MiB")
    import nbformat  # noqa: PLC0415 - listing needs neither module
    from nbconvert import HTMLExporter  # noqa: PLC0415

    sys.path.insert(0, str(Path(__file__).resolve().parent))
    plain = importlib.import_module("plain_notebook")
    notebook = plain.plain_notebook(nbformat.read(file, as_version=4))  # type: ignore[no-untyped-call]
    made: dict[str, Any] = {"path": file.relative_to(work).as_posix()}
    for name, template in (("html", "lab"), ("print", "basic")):
        exporter = HTMLExporter(  # type: ignore[no-untyped-call]
            template_name=template,
            embed_images=True,
            sanitize_html=True,
            filters={"clean_html": plain.clean},
        )
        resources = {"metadata": {"name": file.stem, "path": str(file.parent)}}
        made[name], _ = exporter.from_notebook_node(notebook, resources=resources)
    return made


if __name__ == "__main__":
    main()
