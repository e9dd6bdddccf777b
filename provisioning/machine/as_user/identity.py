"""Change which members may sign in: `identity.py STATE_FILE`, with a JSON object on standard input.

The object is one of these:
- `{"do": "plant", "id", "name", "hash", "expires_at"}`;
- `{"do": "revoke", "id"}`;
- `{"do": "link", "id", "sha256", "use_until"}`;
- `{"do": "admit", "ids"}`;
- `{"do": "hold"}`;
- `{"do": "probe", "sha256"}`.

Prints `{"changed": bool}`. Python 3.9 or newer runs this program.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main() -> None:
    """Read the change and apply it to the file."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    state = importlib.import_module("notebook_identity.state")
    store = state.StateStore(Path(sys.argv[1]))
    change = json.load(sys.stdin)
    changed = True
    if change["do"] == "plant":
        store.plant(change["id"], change["name"], change["hash"], float(change["expires_at"]))
    elif change["do"] == "link":
        changed = store.give_link(change["id"], change["sha256"], float(change["use_until"]))
    elif change["do"] == "revoke":
        changed = store.revoke(change["id"])
    elif change["do"] == "admit":
        changed = store.admit(change["ids"])
    elif change["do"] == "hold":
        changed = store.hold()
    elif change["do"] == "probe":
        changed = store.set_probe(change["sha256"])
    else:
        raise SystemExit(f"unknown change: {change['do']}")
    print(json.dumps({"changed": changed}))


if __name__ == "__main__":
    main()
