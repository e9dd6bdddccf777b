"""Public keys as members paste them: in code, from PuTTY, several at once, with line ends."""

import base64

import asyncssh
import pytest

from provisioning.access.ssh_keys import PublicKey
from provisioning.adapters.ssh.public_key import read_public_keys
from provisioning.core.errors import UserError


def line(kind="ssh-ed25519", **options):
    return asyncssh.generate_private_key(kind, **options).export_public_key().decode().strip()


ONE, TWO, LONG = line(), line("ecdsa-sha2-nistp256"), line("ssh-rsa", key_size=4096)
NO_BREAK_SPACE, MARK, ZERO_WIDTH = "\u00a0", "\ufeff", "\u200b"


def rfc4716(key, comment='Comment: "ana@laptop"', dashes="----"):
    data = key.split()[1]
    lines = [data[at : at + 64] for at in range(0, len(data), 64)]
    begin, end = (f"{dashes} {word} SSH2 PUBLIC KEY {dashes}" for word in ("BEGIN", "END"))
    return "\n".join([begin, *([comment] if comment else []), *lines, end])


def cases(names, *found):
    """Return a parametrization with numbers as ids, since these keys are new at each run."""
    return pytest.mark.parametrize(names, found, ids=map(str, range(len(found))))


def wrapped(key, width=76):
    return "\n".join(key[at : at + width] for at in range(0, len(key), width))


@cases(
    ("text", "name"),
    (f"`{ONE}`", ""),
    (f"```{ONE} ana@laptop```", "ana@laptop"),
    (f"```\n{ONE} ana@laptop\n```", "ana@laptop"),
    (f"{MARK}{ONE} ana@laptop", "ana@laptop"),
    (f"{ONE}\r\n", ""),
    (f"{ONE.replace(' ', NO_BREAK_SPACE)} ana", "ana"),
    (f"{ZERO_WIDTH}{ONE}{ZERO_WIDTH}", ""),
    (f'"{ONE} ana"', "ana"),
    (f"# my key\n{ONE} ana", "ana"),
    (f"{ONE} it's ana's “laptop”", "it's ana's “laptop”"),
    (rfc4716(ONE), "ana@laptop"),
    (rfc4716(ONE, ""), ""),
    (rfc4716(ONE, "Comment: ana at home"), "ana at home"),
    (rfc4716(ONE, 'Subject: me\nComment: "one \\\nline"'), "one line"),
    (rfc4716(ONE).replace("\n", "\r\n"), "ana@laptop"),
    (f"```\n{rfc4716(ONE)}\n```", "ana@laptop"),
    (rfc4716(ONE, dashes="——"), "ana@laptop"),
)
def test_a_pasted_key_is_read_with_its_comment(text, name):
    (key,) = read_public_keys(text)
    assert isinstance(key, PublicKey), key
    assert (key.line, key.name) == (ONE, name)


@cases("text", wrapped(LONG), rfc4716(LONG, "Comment: x"), f"{wrapped(LONG)} x")
def test_a_long_key_on_several_lines_is_joined(text):
    (key,) = read_public_keys(text)
    assert key.line == LONG


@cases(
    "text",
    f"{ONE} ana@laptop\n{TWO} ana@home",
    f"{ONE} ana@laptop\r\n\r\n{TWO} ana@home\r\n",
    f"{ONE} ana@laptop {TWO} ana@home",
    f"```{ONE} ana@laptop\n{TWO} ana@home```",
    f"`{ONE} ana@laptop` `{TWO} ana@home`",
    f"{rfc4716(ONE)}\n{rfc4716(TWO, 'Comment: ana@home')}",
    f"{rfc4716(ONE)}\n{TWO} ana@home",
)
def test_all_keys_of_one_paste_are_read(text):
    keys = read_public_keys(text)
    assert {(each.line, each.name) for each in keys} == {(ONE, "ana@laptop"), (TWO, "ana@home")}


def test_a_bad_key_among_good_ones_is_told_alone():
    short = line("ssh-rsa", key_size=1024)
    good, bad = read_public_keys(f"{ONE} ana\n{short} old")
    assert good.line == ONE
    assert isinstance(bad, UserError)
    assert "1024 bits" in bad.message


@cases(
    ("text", "answer"),
    (rfc4716(ONE).partition("---- END")[0], "cut off"),
    (rfc4716(ONE).replace(ONE.split()[1][:20], "AAAA"), "cut off"),
    (f"no-pty {ONE}", "options in front"),
    (f"{TWO} ana\nno-pty {ONE}", "options in front"),
    ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", "private key"),
    (f"PuTTY-User-Key-File-3: x\nPrivate-Lines: 1\n{ONE}", "private key"),
    ("```\n```", "not a public SSH key"),
)
def test_a_paste_that_is_no_key_is_refused(text, answer):
    with pytest.raises(UserError, match=answer):
        read_public_keys(text)


def test_no_comment_hides_a_second_key():
    hidden = base64.b64encode(b"x" * 40).decode()
    (key,) = read_public_keys(f"{ONE} see {hidden}")
    assert key.name == f"see {hidden}"[:60]
