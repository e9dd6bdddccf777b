"""Changes who may sign in: `identity.py STATE_FILE` with one JSON object on standard input.

`{"do": "plant", "id", "name", "hash", "expires_at"}`, `{"do": "revoke", "id"}`,
`{"do": "link", "id", "sha256", "use_until"}`, `{"do": "admit", "ids"}`, `{"do": "hold"}` or
`{"do": "probe", "sha256"}`; prints `{"changed": bool}`. Any Python from 3.9 on runs it.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main() -> None:
    """Read the wish, change the file."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    state = importlib.import_module("notebook_identity.state")
    store = state.StateStore(Path(sys.argv[1]))
    wish = json.load(sys.stdin)
    changed = True
    if wish["do"] == "plant":
        store.plant(wish["id"], wish["name"], wish["hash"], float(wish["expires_at"]))
    elif wish["do"] == "link":
        changed = store.give_link(wish["id"], wish["sha256"], float(wish["use_until"]))
    elif wish["do"] == "revoke":
        changed = store.revoke(wish["id"])
    elif wish["do"] == "admit":
        changed = store.admit(wish["ids"])
    elif wish["do"] == "hold":
        changed = store.hold()
    elif wish["do"] == "probe":
        changed = store.set_probe(wish["sha256"])
    else:
        raise SystemExit(f"unknown wish: {wish['do']}")
    print(json.dumps({"changed": changed}))


if __name__ == "__main__":
    main()
