"""Copy a file to a folder that the notebook user owns: `place.py FROM TO`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def main() -> None:
    """Copy the file atomically."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


if __name__ == "__main__":
    main()
