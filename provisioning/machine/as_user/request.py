"""Run the command of a request, as the user of the scheduled task: `request.py FOLDER`.

The folder's `request.json` is `{"argv", "env", "stdin"}`. The answer is `answer.json`, written last
and atomically: `{"status", "stdout", "stderr"}`. Python 3.9 or newer runs this program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Read the request, run the command, write the answer."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    environ = {**os.environ, **request["env"]}
    Path(environ["TEMP"]).mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            request["argv"],
            input=request["stdin"],
            env=environ,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        answer = {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
    except OSError as error:
        answer = {"status": 127, "stdout": "", "stderr": f"{request['argv'][0]}: {error}"}
    temporary = folder / "answer.new"
    temporary.write_text(json.dumps(answer), encoding="utf-8")
    temporary.replace(folder / "answer.json")


if __name__ == "__main__":
    main()
