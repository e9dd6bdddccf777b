"""Let plots show Korean: `fonts.py ENVIRONMENT HOME`, as the notebook user.

Copies the font of the kernels' environment into the user's folder of fonts, and makes it
matplotlib's second choice in a `matplotlibrc`, unless the user has one. Prints `{"changed": bool}`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

_FONT = "koreanize_matplotlib/fonts/NanumGothic.ttf"
_CHOICE = """\
# Letters that the first font lacks, such as Korean, come from the second one.
font.family: DejaVu Sans, NanumGothic
"""


def main() -> None:
    """Copy and choose the font, unless that has been done."""
    environment, home = map(Path, sys.argv[1:3])
    print(json.dumps({"changed": ensure_font(environment, home, is_windows=os.name == "nt")}))


def ensure_font(environment: Path, home: Path, *, is_windows: bool) -> bool:
    """Return whether something was missing."""
    fonts = home / ("AppData/Local/Microsoft/Windows/Fonts" if is_windows else ".local/share/fonts")
    settings = home / (".matplotlib" if is_windows else ".config/matplotlib")
    packages = "Lib/site-packages" if is_windows else "lib/python3*/site-packages"
    font = next(environment.glob(f"{packages}/{_FONT}"), None)
    if font is None:
        return False  # its members have removed the package
    changed = False
    if not (fonts / font.name).exists():
        fonts.mkdir(parents=True, exist_ok=True)
        temporary = fonts / f".{font.name}.new"
        shutil.copyfile(font, temporary)
        temporary.replace(fonts / font.name)
        changed = True
    if not (settings / "matplotlibrc").exists():
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "matplotlibrc").write_text(_CHOICE, encoding="utf-8")
        changed = True
    if changed:  # matplotlib looks for fonts only once
        cache = settings if is_windows else home / ".cache/matplotlib"
        for known in cache.glob("fontlist-*.json"):
            known.unlink(missing_ok=True)
    return changed


if __name__ == "__main__":
    main()
