"""Public SSH keys as members give them: accepted and refused ones."""

import asyncssh
import pytest

from provisioning.adapters.ssh.public_key import read_public_keys
from provisioning.core.errors import UserError


def line(kind: str, **options: object) -> str:
    key = asyncssh.generate_private_key(kind, **options)
    return key.export_public_key().decode().strip()


@pytest.mark.parametrize(
    "kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa"]
)
def test_a_line_of_a_pub_file_is_kept_without_its_comment(kind):
    given = line(kind)
    (key,) = read_public_keys(f"  {given} ana@laptop of 2026 ")
    assert key.line == given
    assert key.fingerprint == asyncssh.import_public_key(given).get_fingerprint()
    assert key.name == "ana@laptop of 2026"


def test_a_key_of_a_security_token_is_taken():
    key = (
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIHxkx2VDjxQs"
        "dYJFkSDKvCsZSqPAXzhYUMP1aBDEFdAZAAAABHNzaDo="
    )
    (read,) = read_public_keys(key)
    assert read.line == key


def test_a_private_key_is_refused_and_not_repeated():
    private = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(UserError, match="don't use it any more") as refused:
        read_public_keys(private)
    assert not any(each in refused.value.message for each in private.splitlines()[1:-1])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "not a public SSH key"),
        ("hello", "not a public SSH key"),
        (f'command="rm -rf /" {line("ssh-ed25519")}', "options in front"),
        (f"no-pty {line('ssh-ed25519')}", "options in front"),
        (line("ssh-ed25519")[:40], "cut off"),
        (line("ssh-ed25519").replace("ssh-ed25519", "ssh-rsa", 1), "cut off"),
        (line("ssh-rsa", key_size=1024), "1024 bits"),
        (line("ssh-dss"), "DSA"),
        ("ssh-ed25519-cert-v01@openssh.com AAAAB3Nz", "certificate"),
        ("ssh-ed25519 AAAA\u0000B3Nz", "don't know"),
        ("ssh-new AAAAB3Nz", "don't know"),
    ],
    # Ids instead of texts: these keys are new at each run.
    ids=[
        "nothing",
        "a word",
        "a command in front",
        "an option in front",
        "a piece",
        "another kind",
        "a short one",
        "DSA",
        "a certificate",
        "a NUL",
        "a kind of the future",
    ],
)
def test_a_bad_public_key_is_refused(text, answer):
    with pytest.raises(UserError, match=answer):
        read_public_keys(text)
