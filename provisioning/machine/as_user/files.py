"""Pack files of the home folder into a ZIP: one JSON object on standard input, one on the output.

`{"home", "path", "most"}` asks for the files below `home`/`path` ("" for all), at most `most` bytes
of ZIP. The answer is `{"zip": base64, "count", "left_out": [[path, bytes], ...], "more"}`, the
largest of those left out first, and `more` the number of the others. `{"unknown": true}` means that
there is no such path. Caches, and what programs make again by themselves, are not packed, unless
`path` leads there. No link is followed.
"""

from __future__ import annotations

import base64
import io
import json
import os
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MADE_AGAIN = frozenset(
    {
        ".cache",
        ".local",
        ".ipython",
        ".jupyter",
        ".ipynb_checkpoints",
        "__pycache__",
        "node_modules",
    }
)
_MOST_NAMED = 20
_MOST_FILES = 50_000
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Read the request and print the answer."""
    request = json.load(sys.stdin)
    print(json.dumps(packed(Path(request["home"]), request["path"], int(request["most"]))))


def packed(home: Path, path: str, most: int) -> dict[str, Any]:
    """Return the answer. Small files come first, so that one large file leaves none out."""
    home = home.resolve()
    top = next((each for each in (home / path, home / "work" / path) if each.exists()), None)
    if top is None or not top.resolve().is_relative_to(home):
        return {"unknown": True}
    found = sorted(_files(top.resolve()))
    file, count, left_out = io.BytesIO(), 0, []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for size, each in found:
            # What a file takes is known only once it is packed; its own size is the upper bound.
            if file.tell() + size > most or not _add(archive, home, each):
                left_out.append((_shown(home, each), size))
            else:
                count += 1
    left_out.reverse()
    return {
        "zip": base64.b64encode(file.getvalue()).decode() if count else "",
        "count": count,
        "left_out": left_out[:_MOST_NAMED],
        "more": max(0, len(left_out) - _MOST_NAMED),
    }


def _files(top: Path) -> Iterator[tuple[int, Path]]:
    if top.is_file():
        yield top.stat().st_size, top
        return
    count = 0
    for folder, names, files in os.walk(top):
        names[:] = [name for name in names if name not in _MADE_AGAIN]
        for name in files:
            path = Path(folder, name)
            try:
                found = path.lstat()
            except OSError:  # removed meanwhile
                continue
            count += 1
            if stat.S_ISREG(found.st_mode) and count <= _MOST_FILES:
                yield found.st_size, path


def _add(archive: zipfile.ZipFile, home: Path, path: Path) -> bool:
    try:
        content = path.read_bytes()
    except OSError:  # removed meanwhile, or not readable
        return False
    info = zipfile.ZipInfo(_shown(home, path), _EARLIEST)
    info.external_attr = 0o644 << 16
    archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return True


def _shown(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix().encode(errors="replace").decode()


if __name__ == "__main__":
    main()
