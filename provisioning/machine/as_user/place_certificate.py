"""Put a given certificate where the running server reads it: `place_certificate.py FOLDER`.

Standard input is `{"certificate", "key"}`, both PEM, the certificate followed by its chain. Prints
`{"sha256", "changed"}`. The server uses the certificate for the next connection, without a restart.
The environment's Python runs this program.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def main() -> None:
    """Check that key and certificate belong together, and write them where they differ."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    own = importlib.import_module("certificate")
    folder, pair = Path(sys.argv[1]), json.load(sys.stdin)
    certificate, key = pair["certificate"].encode(), pair["key"].encode()
    found = x509.load_pem_x509_certificates(certificate)[0]
    if load_pem_private_key(key, None).public_key() != found.public_key():
        raise SystemExit("The key does not belong to the certificate.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    changed = False
    # The key first: a connection between the two writes fails, and the next one succeeds.
    for name, content, mode in (("notebook.key", key, 0o600), ("notebook.crt", certificate, 0o644)):
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            own.write(path, content, mode)
            changed = True
    digest = found.fingerprint(hashes.SHA256()).hex(":").upper()
    print(json.dumps({"sha256": digest, "changed": changed}))


if __name__ == "__main__":
    main()
