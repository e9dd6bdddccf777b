"""Sets this machine up: `sudo python3 -I setup.py SUBCOMMAND`.

Reads a JSON object on standard input and writes one JSON object a line on standard output;
standard error is a log. Runs alone: Python 3.9 or newer and its standard library.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.dont_write_bytecode = True  # the folder is compared by its content
    sys.exit(importlib.import_module("notebook_setup.main").main(sys.argv[1:]))
