"""Copy each sample notebook once into the user's folder: `samples.py FROM TO MEMORY`.

Existing files are never overwritten, and deleted samples do not come back: MEMORY is a file with
the names that have been copied before. Prints `{"changed": bool}`.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path


def main() -> None:
    """Copy the samples that have never been copied."""
    source, target, memory = (Path(argument) for argument in sys.argv[1:4])
    known = set(memory.read_text(encoding="utf-8").split()) if memory.exists() else set()
    new = [path for path in sorted(source.glob("*.ipynb")) if path.name not in known]
    target.mkdir(parents=True, exist_ok=True)
    for path in new:
        copy = target / path.name
        if not copy.exists():
            temporary = target / f".{path.name}.new"
            shutil.copyfile(path, temporary)
            temporary.replace(copy)
        known.add(path.name)
        memory.write_text("".join(f"{name}\n" for name in sorted(known)), encoding="utf-8")
    print(json.dumps({"changed": bool(new)}))


if __name__ == "__main__":
    main()
