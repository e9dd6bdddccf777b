"""Set up this machine: `sudo python3 -I setup.py SUBCOMMAND`.

The program reads a JSON object on standard input and writes one JSON object per line on standard
output; standard error is a log. It needs only Python 3.9 or newer with the standard library.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.dont_write_bytecode = True  # the bot compares this folder by its content
    sys.exit(importlib.import_module("notebook_setup.main").main(sys.argv[1:]))
