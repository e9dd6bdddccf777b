"""Hiding secrets in the log lines that leave the machine."""

import pytest

from provisioning.machine.notebook_setup.logs import HIDDEN, LONGEST_LINE, without_secrets


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("GET /api/kernels?token=abcdef HTTP/1.1", "abcdef"),
        ("Authorization: token 0123abcd", "0123abcd"),
        ("Authorization: Bearer 0123abcd", "0123abcd"),
        ('{"password": "hunter2!"}', "hunter2"),
        ("AWS_SECRET_ACCESS_KEY=wJalr", "wJalr"),
        ("index https://ana:s3cret@packages.example/simple", "s3cret"),
        ("hash $argon2id$v=19$m=65536,t=3,p=4$abc$def", "argon2id$v"),
        ("one-time k7mqz-aaaaa-bbbbb-ccccc was sent", "k7mqz"),
        ("xoxb-1234567890-abcdef", "1234567890"),
        ("probe 8fJ2kLmN0pQrStUvWxYz8fJ2kLmN0pQrStUvWxYz012", "8fJ2"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(line, secret):
    (shown,) = without_secrets([line])
    assert secret not in shown
    assert HIDDEN in shown


def test_a_private_key_is_hidden_with_all_of_its_lines():
    lines = ["before", "-----BEGIN PRIVATE KEY-----", "abc", "-----END PRIVATE KEY-----", "after"]
    assert without_secrets(lines) == ["before", HIDDEN, HIDDEN, HIDDEN, "after"]


@pytest.mark.parametrize(
    "line",
    [
        "+ uv pip install --requirement /opt/notebook/lib/kernels.lock",
        "A one-time password was used",
        "[I 2026-11-23 09:00:00 ServerApp] Kernel started: 0c2f6f0a-7f3f-4f6e-9f44-6d1f0b2f1c11",
        "2026-11-23T09:00:00+0000 quiet-otter python[412]: Serving notebooks from local directory",
    ],
)
def test_text_without_secrets_is_unchanged(line):
    assert without_secrets([line]) == [line]


def test_a_long_line_is_cut():
    (shown,) = without_secrets(["word " * 1000])
    assert len(shown) == LONGEST_LINE
